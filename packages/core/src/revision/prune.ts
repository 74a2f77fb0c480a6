import type { Millis } from '../store/rows.js';
import type { WriteTransaction } from '../store/store.js';

/** The setting that holds the longest life, in seconds, that tokens of this database ever had, past the usual one. */
export const TOKEN_SECONDS = { name: 'token-seconds' } as const;

/** Life of tokens where nothing longer was ever set. */
const USUAL_TOKEN_SECONDS = 3600;

/** For the longest bound, and for clocks that differ. */
const SLACK_SECONDS = 900;

/** Oldest rows looked at in one write: more than most writes make, so that they never pile up. */
const ROWS_AT_ONCE = 16;

/**
 * Removes the oldest changes that no living token can be older than, and gives the number up to which none is kept.
 *
 * What was read before that number is read again: to keep too few changes costs look-ups, and lets nobody in.
 */
export async function pruneChanges(tx: WriteTransaction, now: Millis, prunedTo: number): Promise<number> {
  const oldest = await tx.find('change', {}, { limit: ROWS_AT_ONCE });
  if (oldest[0] === undefined || oldest[0].at >= now - keepMs(USUAL_TOKEN_SECONDS)) return prunedTo;
  const longest = Number((await tx.get('setting', TOKEN_SECONDS))?.value ?? USUAL_TOKEN_SECONDS);
  const horizon = now - keepMs(longest);
  let pruned = prunedTo;
  for (const { n, at } of oldest) {
    if (at >= horizon) break;
    // All rows of a number, or none: those past the ones looked at too.
    if (n !== pruned) await tx.remove('change', { n });
    pruned = n;
  }
  return pruned;
}

function keepMs(tokenSeconds: number): number {
  return (tokenSeconds + SLACK_SECONDS) * 1000;
}

/** Has changes be kept for tokens that live this long. Done before the first such token is made. */
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
