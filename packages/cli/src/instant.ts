import { z } from 'zod';

const DURATION = /^(\d{1,5})(m|h|d|w)$/;
const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

const UNIX_TIME = /^\d{9,11}$/;
/** Matches a time in RFC 3339 format, or a date. A date means 00:00 UTC on that day. */
const RFC_3339 = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2}))?$/i;

/**
 * Schema that converts text to a time in milliseconds since the Unix epoch. The text is a time in RFC 3339 format, a
 * time in Unix seconds, or a duration from now on, such as `30d`.
 */
export const instant = timeIn(1);

/** Schema like `instant`, except that a duration is subtracted from the current time: `7d` means seven days ago. */
export const pastInstant = timeIn(-1);

function timeIn(direction: 1 | -1) {
  return z.string().transform((text, context) => {
    const milliseconds = millisecondsOf(text, direction);
    if (Number.isSafeInteger(milliseconds)) return milliseconds;
    context.addIssue({ code: 'custom', message: 'must be a time such as 2030-01-31T00:00:00Z, a Unix time, or 30d' });
    return z.NEVER;
  });
}

function millisecondsOf(text: string, direction: 1 | -1): number {
  const [, count, unit = ''] = DURATION.exec(text) ?? [];
  if (count !== undefined) return Date.now() + direction * Number(count) * (UNIT_MS[unit] ?? Number.NaN);
  if (UNIX_TIME.test(text)) return Number(text) * 1000;
  return RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
}
