import type { AuditRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { compareValues } from '../../store/values.js';

/** Selects entries of an audit. Each member that is given narrows the selection. */
export interface AuditFilter {
  /** Identity of the actor; `-` for the command line. */
  readonly actor?: string | undefined;
  /** Public id of a key: what was done to it, and what it did. */
  readonly keyId?: string | undefined;
  /** Noun and verb, such as `key.create`. */
  readonly action?: string | undefined;
  /** Outcome: `done`, `not-done` or `refused`. */
  readonly outcome?: string | undefined;
  /** Earliest time, in milliseconds since 1970. */
  readonly from?: number | undefined;
  /** Latest time, in milliseconds since 1970. */
  readonly to?: number | undefined;
}

/** Actor of a filter for what the command line did. */
const COMMAND_LINE = '-';

type Where = Partial<AuditRow>;

/** Returns the conditions of a filter on top of those of the reader. A row can match two of them. */
export async function narrowBy(
  tx: ReadTransaction,
  wheres: readonly Where[],
  { actor, keyId, action, outcome }: AuditFilter,
): Promise<readonly Where[]> {
  const equal: Where = {
    ...(actor === undefined ? {} : { actor: actor === COMMAND_LINE ? null : actor }),
    ...(action === undefined ? {} : { action }),
    ...(outcome === undefined ? {} : { outcome }),
  };
  const narrowed = joinAll(wheres, [equal]);
  if (keyId === undefined) return narrowed;
  const identity = (await tx.get('key', { keyId }))?.identity;
  return joinAll(narrowed, [{ target: keyId }, ...(identity === undefined ? [] : [{ actor: identity }])]);
}

/** Returns every pair of conditions as one. Pairs that contradict each other are left out. */
function joinAll(ones: readonly Where[], others: readonly Where[]): readonly Where[] {
  return ones.flatMap((one) =>
    others
      .filter((other) =>
        Object.entries(other).every(([column, value]) => !(column in one) || Reflect.get(one, column) === value),
      )
      .map((other) => ({ ...one, ...other })),
  );
}

/** Longest time between a refusal and its entry, by whose time the entries are sorted. */
const LATE_MS = 300_000;

export interface FindEntriesInput extends Pick<AuditFilter, 'from' | 'to'> {
  readonly wheres: readonly Where[];
  readonly limit: number;
  /** Id of the last entry of the page before. */
  readonly after: string | undefined;
}

/** Returns the newest entries that match one of the conditions and are of the time, newest first. */
export async function findEntries(tx: ReadTransaction, input: FindEntriesInput): Promise<readonly AuditRow[]> {
  const found = new Map<string, AuditRow>();
  for (const where of input.wheres) for (const row of await findOf(tx, where, input)) found.set(row.id, row);
  return [...found.values()].sort((a, b) => compareValues(b.id, a.id)).slice(0, input.limit);
}

async function findOf(
  tx: ReadTransaction,
  where: Where,
  { limit, after, from = 0, to = Number.MAX_SAFE_INTEGER }: FindEntriesInput,
): Promise<readonly AuditRow[]> {
  const fitting: AuditRow[] = [];
  let place = after ?? lastIdAt(to + LATE_MS);
  for (;;) {
    const page = place === undefined ? {} : { after: { id: place } };
    const rows = await tx.find('audit', where, { limit, descending: true, ...page });
    fitting.push(...rows.filter(({ at }) => at >= from && at <= to));
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit || fitting.length >= limit || last.at < from - LATE_MS)
      return fitting;
    place = last.id;
  }
}

const HEX_OF_TIME = 12;

/** Returns the last id of this time; undefined for a time that no id has. Ids begin with 48 bits of their time. */
function lastIdAt(at: number): string | undefined {
  const hex = Math.max(0, at).toString(16).padStart(HEX_OF_TIME, '0');
  return hex.length > HEX_OF_TIME ? undefined : `${hex.slice(0, 8)}-${hex.slice(8)}-7fff-bfff-ffffffffffff`;
}
