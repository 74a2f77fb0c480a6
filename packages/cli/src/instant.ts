import { z } from 'zod';

const UNIX_TIME = /^\d{9,11}$/;
/** RFC 3339, or a date, which means its start in UTC. */
const RFC_3339 = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2}))?$/i;

/** Parses an RFC 3339 time or Unix seconds to milliseconds since 1970. */
export const instant = z.string().transform((text, context) => {
  const milliseconds = UNIX_TIME.test(text) ? Number(text) * 1000 : RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isSafeInteger(milliseconds)) return milliseconds;
  context.addIssue({ code: 'custom', message: 'must be a time such as 2030-01-31T00:00:00Z, or a Unix time' });
  return z.NEVER;
});
