import type { UsageEntry } from '@flairgate/client';

interface UsageChartProps {
  readonly days: readonly string[];
  readonly entries: readonly UsageEntry[];
  /** True for a chart in a table row. @default false */
  readonly isSmall?: boolean;
}

const HEIGHT = 40;
const STEP = 6;

/**
 * Shows calls and refusals per day as bars. The chart's label contains the numbers, for people who cannot see the
 * chart.
 */
export function UsageChart({ days, entries, isSmall = false }: UsageChartProps) {
  const sums = days.map((day) => {
    const ofDay = entries.filter((entry) => entry.day === day);
    const add = (pick: (entry: UsageEntry) => number) => ofDay.reduce((sum, entry) => sum + pick(entry), 0);
    return { day, calls: add(({ calls }) => calls), refused: add(({ denials, limited }) => denials + limited) };
  });
  const most = Math.max(1, ...sums.map(({ calls }) => calls));
  const calls = sums.reduce((sum, one) => sum + one.calls, 0);
  const refused = sums.reduce((sum, one) => sum + one.refused, 0);
  const label = `${calls} calls, ${refused} of them refused, from ${days[0]} to ${days.at(-1)}`;
  return (
    <figure className={isSmall ? 'chart small' : 'chart'}>
      <svg viewBox={`0 0 ${days.length * STEP} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
        {sums.map(({ day, calls: count, refused: bad }, index) => (
          <g key={day}>
            <title>{`${day}: ${count} calls, ${bad} refused`}</title>
            <rect className="bar-slot" x={index * STEP} y={0} width={STEP} height={HEIGHT} />
            <rect className="bar-calls" {...barOf(index, count, most)} />
            <rect className="bar-refused" {...barOf(index, Math.min(bad, count), most)} />
          </g>
        ))}
      </svg>
      {!isSmall && <figcaption className="quiet">{label}</figcaption>}
    </figure>
  );
}

function barOf(index: number, count: number, most: number) {
  const height = (count / most) * HEIGHT;
  return { x: index * STEP + 1, y: HEIGHT - height, width: STEP - 2, height };
}
