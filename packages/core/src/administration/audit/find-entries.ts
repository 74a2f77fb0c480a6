import type { AuditRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { compareValues } from '../../store/values.js';

/** Filter for audit entries. An entry must match every field that is set. */
export interface AuditFilter {
  /** Identity of the actor, or `-` for the operator's command line. */
  readonly actor?: string | undefined;
  /**
   * Public id of a key. Selects the commands that changed the key, and the commands that the identity of the key sent.
   * A key that is created again under the same name keeps its identity.
   */
  readonly keyId?: string | undefined;
  /** Noun and verb, such as `key.create`. */
  readonly action?: string | undefined;
  /** Outcome: `done`, `not-done` or `refused`. */
  readonly outcome?: string | undefined;
  /** Earliest time of an entry, in milliseconds since the Unix epoch. */
  readonly from?: number | undefined;
  /** Latest time of an entry, in milliseconds since the Unix epoch. */
  readonly to?: number | undefined;
}

/** Value of the filter `actor` that selects commands from the operator's command line. */
const COMMAND_LINE = '-';

type Where = Partial<AuditRow>;

/**
 * Adds the filter to `wheres`, the conditions that limit what the reader may see. Returns several conditions: an entry
 * is selected if it matches at least one of them.
 */
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

/**
 * Combines each condition in `ones` with each condition in `others` to a condition that requires both. Omits pairs of
 * conditions that contradict each other.
 */
function joinAll(ones: readonly Where[], others: readonly Where[]): readonly Where[] {
  return ones.flatMap((one) =>
    others
      .filter((other) =>
        Object.entries(other).every(([column, value]) => !(column in one) || Reflect.get(one, column) === value),
      )
      .map((other) => ({ ...one, ...other })),
  );
}

/**
 * Maximum delay, in milliseconds, between a refused request and the writing of its audit entry. Entries are sorted by
 * the time at which they were written, but the filter compares the time of the request. Therefore, `findEntries` also
 * reads the entries that were written up to this long before or after the requested time range.
 */
const LATE_MS = 300_000;

export interface FindEntriesInput extends Pick<AuditFilter, 'from' | 'to'> {
  readonly wheres: readonly Where[];
  readonly limit: number;
  /** Id of the last entry on the previous page. */
  readonly after: string | undefined;
}

/**
 * Returns the newest audit entries that are in the time range and match at least one condition in `wheres`. Each entry
 * is returned once. The newest entry is first.
 */
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

/**
 * Returns the highest possible id of an entry that was written at the time `at`. The first 48 bits of an id contain the
 * time. Returns undefined if `at` does not fit into 48 bits.
 */
function lastIdAt(at: number): string | undefined {
  const hex = Math.max(0, at).toString(16).padStart(HEX_OF_TIME, '0');
  return hex.length > HEX_OF_TIME ? undefined : `${hex.slice(0, 8)}-${hex.slice(8)}-7fff-bfff-ffffffffffff`;
}
