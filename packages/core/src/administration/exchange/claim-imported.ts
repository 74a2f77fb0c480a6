import type { Denial, Outcome } from '../../denial/denial.js';
import { createGuessQueue, type Guess } from '../../principal/key/guess-queue.js';
import { checkChosenSecret } from '../../principal/key/hash/custom-secret.js';
import { verifySecret } from '../../principal/key/hash/hash.js';
import { denyKey, type FoundKey, lookUpKey } from '../../principal/key/key-lookup.js';
import { createRangeCheck } from '../../principal/key/ranges.js';
import { findUntagged, mostRounds, tagSecret } from '../keys/imported-secrets.js';
import type { ExchangeContext } from './exchange-context.js';

/** A secret that matches no key, and the user it was sent for. */
export interface UnknownSecret {
  readonly secret: string;
  readonly uid: string;
  readonly address: string | undefined;
}

/**
 * Milliseconds per PBKDF2 round, more than any machine in use needs. On a slower one the queue measures the real time.
 */
const MS_PER_ROUND = 0.001;

/**
 * Compares a secret with the imported hashes of a user whose text was never seen. The one that matches gets its tag.
 * Every such secret takes a place in the queue of guesses, whether there is a hash or not.
 */
export function claimImported(
  context: ExchangeContext,
  sent: UnknownSecret,
  unknown: Denial,
): Promise<Outcome<FoundKey>> {
  const guesses = context.guesses ?? createGuessQueue();
  return guesses<Outcome<FoundKey>>(sent, unknown, () => guess(context, sent, unknown));
}

async function guess(
  context: ExchangeContext,
  sent: UnknownSecret,
  unknown: Denial,
): Promise<Guess<Outcome<FoundKey>>> {
  const { store, now } = context;
  const { candidates, rounds } = await store.read(async (tx) => ({
    candidates: await findUntagged(tx, sent.uid, now()),
    rounds: await mostRounds(tx),
  }));
  const right = await findRight(candidates, sent);
  return {
    answer: right === undefined ? unknown : await claim(context, right, sent),
    isRight: right !== undefined,
    placeMs: rounds * MS_PER_ROUND,
  };
}

async function findRight(
  candidates: readonly FoundKey[],
  { secret, address }: UnknownSecret,
): Promise<FoundKey | undefined> {
  // A secret that could not be imported is not worth a hash. Without candidates, even this check is skipped.
  if (candidates.length === 0 || !checkChosenSecret(secret).allowed) return undefined;
  for (const candidate of candidates) {
    if (!createRangeCheck(candidate.subject.key.ranges)(address)) continue;
    if (await verifySecret(secret, candidate.secret.hash)) return candidate;
  }
  return undefined;
}

async function claim(
  { store, now, verifyOnce }: ExchangeContext,
  { secret: row }: FoundKey,
  { secret, address }: UnknownSecret,
): Promise<Outcome<FoundKey>> {
  const tag = store.material.tag(secret);
  await store.write((tx) => tagSecret(tx, row, tag));
  verifyOnce.remember(secret, { tag, hash: row.hash });
  const found = await store.read((tx) => lookUpKey(tx, tag, now(), ({ ranges }) => createRangeCheck(ranges)(address)));
  if (!found.allowed) return found;
  return (await verifyOnce(secret, found.value.secret)) ? found : denyKey('has another hash');
}
