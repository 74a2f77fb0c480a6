import type { UsageEntry } from '@flairgate/client';
import { Table } from '../parts/table.tsx';
import { UsageChart } from './usage-chart.tsx';

interface UsageByDayProps {
  readonly days: readonly string[];
  readonly entries: readonly UsageEntry[];
}

/** Shows calls and refusals by day as a chart, and the same numbers as a table. */
export function UsageByDay({ days, entries }: UsageByDayProps) {
  const sums = sumByDay(days, entries).filter(({ calls, denials, limited }) => calls + denials + limited > 0);
  return (
    <>
      <UsageChart days={days} entries={entries} />
      {sums.length > 0 && (
        <details className="list">
          <summary>Numbers by day</summary>
          <Table columns={['Day (UTC)', 'Calls', 'Refused', 'Over the limit']}>
            {sums.toReversed().map(({ day, calls, denials, limited }) => (
              <tr key={day}>
                <th scope="row" data-label="Day (UTC)">
                  {day}
                </th>
                <td data-label="Calls">{calls}</td>
                <td data-label="Refused">{denials}</td>
                <td data-label="Over the limit">{limited}</td>
              </tr>
            ))}
          </Table>
        </details>
      )}
    </>
  );
}

function sumByDay(days: readonly string[], entries: readonly UsageEntry[]) {
  const sums = new Map(days.map((day) => [day, { day, calls: 0, denials: 0, limited: 0 }]));
  for (const { day, calls, denials, limited } of entries) {
    const sum = sums.get(day);
    if (sum === undefined) continue;
    sum.calls += calls;
    sum.denials += denials;
    sum.limited += limited;
  }
  return [...sums.values()];
}
