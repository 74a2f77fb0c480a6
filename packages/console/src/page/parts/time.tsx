const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

/** Units for relative times, in seconds, largest first. */
const UNITS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

interface TimeProps {
  /** Time in Unix seconds. Null if there is none. */
  readonly at: number | null;
  /** Text that is shown if there is no time. */
  readonly none: string;
}

/** Shows a time relative to now, such as "2 days ago". The exact time appears when the pointer is over it. */
export function Time({ at, none }: TimeProps) {
  if (at === null) return <span className="quiet">{none}</span>;
  const date = new Date(at * 1000);
  return (
    <time dateTime={date.toISOString()} title={FORMAT.format(date)}>
      {relative(at - Date.now() / 1000)}
    </time>
  );
}

/** Shows a time to the minute. */
export function ExactTime({ at }: { readonly at: number }) {
  const date = new Date(at * 1000);
  return <time dateTime={date.toISOString()}>{FORMAT.format(date)}</time>;
}

function relative(seconds: number): string {
  const [unit, size] = UNITS.find(([, least]) => Math.abs(seconds) >= least) ?? ['second', 1];
  return unit === 'second' ? 'just now' : RELATIVE.format(Math.trunc(seconds / size), unit);
}
