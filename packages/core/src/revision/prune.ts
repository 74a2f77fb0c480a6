import type { Millis } from '../store/columns.js';
import type { ChangeRow } from '../store/rows.js';
import type { WriteTransaction } from '../store/transaction.js';

/**
 * Setting that contains the longest token lifetime, in seconds, ever used with this database. The setting is stored
 * only if that lifetime is above the default.
 */
export const TOKEN_SECONDS = { name: 'token-seconds' } as const;

/** Default for the longest token lifetime, in seconds. */
const USUAL_TOKEN_SECONDS = 3600;

/**
 * Extra time, in seconds, for which changes are kept. This time covers the largest possible maximum staleness, and
 * differences between clocks.
 */
const SLACK_SECONDS = 900;

/** Number of change rows per page. A write removes up to this many changes, which is more than most writes add. */
const CHANGES_PER_PRUNE = 16;

/**
 * Limits the search for a change that is not dated in the future. The search reads one page at a time, and the distance
 * to the next page doubles each time. The maximum distance is 2 to the power of this number.
 */
const PAGES_PAST_FUTURE = 12;

/**
 * Removes changes that are older than every token that may still be valid. Returns the revision number of the last
 * removed change, or `prunedTo` if none was removed.
 *
 * No single clock is trusted. A process whose clock is ahead removes nothing until later changes confirm its time. A
 * change dated in the future is treated as being as old as the next change that is not dated in the future. If clocks
 * are wrong, changes are kept longer than necessary.
 *
 * A process discards cached credentials that it read before the removed changes, and reads these credentials again.
 * Removing too many changes therefore costs lookups, but never lets a revoked credential in.
 */
export async function pruneChanges(tx: WriteTransaction, now: Millis, prunedTo: number): Promise<number> {
  const oldest = await tx.find('change', {}, { limit: CHANGES_PER_PRUNE });
  const first = oldest[0];
  if (first === undefined || isKept(oldest, now - keepMs(USUAL_TOKEN_SECONDS), now)) return prunedTo;
  const agreed = await agreedTime(tx, now);
  const longest = Number((await tx.get('setting', TOKEN_SECONDS))?.value ?? USUAL_TOKEN_SECONDS);
  const last = await lastToPrune(tx, oldest, agreed - keepMs(longest), now);
  let pruned = prunedTo;
  // Revision numbers have no gaps. Either all rows with a number are removed, or none.
  for (let n = first.n; n <= last && n < first.n + CHANGES_PER_PRUNE; n++) {
    await tx.remove('change', { n });
    pruned = n;
  }
  return pruned;
}

/** True if the first change that is not dated in the future is newer than `horizon`. */
function isKept(rows: readonly ChangeRow[], horizon: Millis, now: Millis): boolean {
  const dated = rows.find(({ at }) => at <= now);
  return dated !== undefined && dated.at >= horizon;
}

/**
 * Returns the earliest of `now` and the times of the {@link CHANGES_PER_PRUNE} newest changes. If one write made all of
 * these changes, the times of the changes before that write are included as well.
 */
async function agreedTime(tx: WriteTransaction, now: Millis): Promise<Millis> {
  const newest = await tx.find('change', {}, { limit: CHANGES_PER_PRUNE, descending: true });
  const last = newest.at(-1);
  const more =
    last === undefined || last.n !== newest[0]?.n
      ? []
      : await tx.find('change', {}, { after: { n: last.n }, limit: CHANGES_PER_PRUNE, descending: true });
  return Math.min(now, ...[...newest, ...more].map(({ at }) => at));
}

/** Returns the revision number of the last change that may be removed, or 0. */
async function lastToPrune(
  tx: WriteTransaction,
  oldest: readonly ChangeRow[],
  horizon: Millis,
  now: Millis,
): Promise<number> {
  let page = oldest;
  let last = 0;
  for (let step = 1; step <= 2 ** PAGES_PAST_FUTURE; step *= 2) {
    for (const { n, at } of page) {
      if (at < horizon) last = n;
      else if (at <= now) return last;
    }
    const end = page.at(-1);
    if (end === undefined || last > 0) return last;
    page = await tx.find('change', {}, { after: { n: end.n + step - 1 }, limit: CHANGES_PER_PRUNE });
  }
  return last;
}

function keepMs(tokenSeconds: number): number {
  return (tokenSeconds + SLACK_SECONDS) * 1000;
}

/**
 * Makes the database keep changes for at least `tokenSeconds`. Call this function before a token with this lifetime is
 * issued for the first time.
 *
 * @example
 * await keepChangesFor(store, 86_400); // before the first token that is valid for a day
 */
export async function keepChangesFor(
  store: { write<R>(work: (tx: WriteTransaction) => Promise<R>): Promise<R> },
  tokenSeconds: number,
): Promise<void> {
  if (tokenSeconds <= USUAL_TOKEN_SECONDS) return;
  await store.write(async (tx) => {
    await tx.lockRevision();
    const known = await tx.get('setting', TOKEN_SECONDS);
    const value = String(tokenSeconds);
    if (known === undefined) await tx.insert('setting', { ...TOKEN_SECONDS, value });
    else if (Number(known.value) < tokenSeconds) await tx.update('setting', TOKEN_SECONDS, { value });
  });
}
