import type { UsageEntry } from '@flairgate/client';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { usePlace } from '../session/place.tsx';

const DAY_MS = 86_400_000;

/** Usage of keys in the last days, and the dates of these days. */
export interface UsageOfDays {
  /** Dates in UTC, oldest first. */
  readonly days: readonly string[];
  readonly query: UseQueryResult<readonly UsageEntry[]>;
}

/** Periods to choose from: the number of days, and the displayed text. */
export const SPANS = [
  ['7', 'The last 7 days'],
  ['30', 'The last 30 days'],
  ['90', 'The last 90 days'],
] as const;

/** Reads the usage of all keys, or of one key, in the last `span` days. */
export function useUsage(span: string, keyHash?: string): UsageOfDays {
  const { oid, client, permissions } = usePlace();
  const days = daysOf(Number(span));
  const query = useQuery({
    queryKey: [oid, 'usage', span, keyHash],
    queryFn: async ({ signal }) => {
      const [from = ''] = days;
      const to = days.at(-1) ?? from;
      const entries: UsageEntry[] = [];
      const selected = { from, to, ...(keyHash === undefined ? {} : { keyHash }) };
      for await (const entry of client.usage(oid, selected, { signal })) entries.push(entry);
      return entries;
    },
    enabled: permissions.has('audit.get'),
  });
  return { days, query };
}

/** Returns the dates of the last `count` days in UTC, oldest first. */
function daysOf(count: number): readonly string[] {
  const now = Date.now();
  return Array.from({ length: count }, (_, index) =>
    new Date(now - (count - 1 - index) * DAY_MS).toISOString().slice(0, 10),
  );
}
