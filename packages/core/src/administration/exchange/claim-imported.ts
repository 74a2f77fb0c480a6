import { randomBytes } from 'node:crypto';
import type { Denial, Outcome } from '../../denial/denial.js';
import { createGuessQueue, type Guess } from '../../principal/key/guess-queue.js';
import { checkChosenSecret } from '../../principal/key/hash/custom-secret.js';
import { DEFAULT_HASH_SETTING, hashSecret } from '../../principal/key/hash/hash.js';
import { loadHashLibraries } from '../../principal/key/hash/hash-libraries.js';
import { verifyImported } from '../../principal/key/hash/imported-hash.js';
import { parseHash } from '../../principal/key/hash/stored-hash.js';
import { checkSecret, denyKey, type FoundKey, lookUpKey } from '../../principal/key/key-lookup.js';
import { createRangeCheck } from '../../principal/key/ranges.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { DIGEST_HASH, digestPlacesOf } from '../keys/import/digests.js';
import {
  findUntagged,
  hasImportedOrganizations,
  type ImportHolder,
  mostRounds,
  neededLibraries,
  tagSecret,
} from '../keys/import/imported-secrets.js';
import type { ExchangeContext } from './exchange-context.js';

/** A secret that matches no key, and the user or organization it was sent for. */
export interface UnknownSecret {
  readonly secret: string;
  readonly holder: ImportHolder;
  readonly address: string | undefined;
}

/**
 * Milliseconds per PBKDF2 round, more than any machine in use needs. On a slower one the queue measures the real time.
 */
const MS_PER_ROUND = 0.001;

/**
 * Compares a secret with the imported hashes whose text was never seen. The one that matches gets its tag.
 *
 * Every such secret that is sent for a user takes a place in the queue of guesses, whether there is a hash or not. One
 * that is sent for an organization does so if the hash of any organization's key was ever imported.
 */
export async function claimImported(
  context: ExchangeContext,
  sent: UnknownSecret,
  unknown: Denial,
): Promise<Outcome<FoundKey>> {
  const { holder, address } = sent;
  if (holder.kind === 'organization' && !(await context.store.read(hasImportedOrganizations))) return unknown;
  const guesses = context.guesses ?? createGuessQueue();
  const who = { uid: holder.kind === 'user' ? holder.uid : holder.oid, address };
  return guesses<Outcome<FoundKey>>(who, unknown, () => guess(context, sent, unknown));
}

async function guess(
  context: ExchangeContext,
  sent: UnknownSecret,
  unknown: Denial,
): Promise<Guess<Outcome<FoundKey>>> {
  const { store, now } = context;
  const { candidates, digests, rounds, libraries } = await store.read(async (tx) => ({
    candidates: await findUntagged(tx, sent.holder, now()),
    digests: await findDigests(tx, context, sent),
    rounds: await mostRounds(tx),
    libraries: await neededLibraries(tx),
  }));
  // For every guess, so that a library that is missing does not show who has a hash.
  await loadHashLibraries(libraries);
  const right = digests[0] ?? (await findRight(candidates, sent));
  return {
    answer: right === undefined ? unknown : await claim(context, right, sent),
    isRight: right !== undefined,
    placeMs: rounds * MS_PER_ROUND,
  };
}

/** Finds the key whose imported digest is that of the secret. */
async function findDigests(
  tx: ReadTransaction,
  { store, now }: ExchangeContext,
  { secret, holder, address }: UnknownSecret,
): Promise<readonly FoundKey[]> {
  const found: FoundKey[] = [];
  for (const tag of await digestPlacesOf(tx, store, secret)) {
    const row = await tx.get('secret', { tag });
    if (row === undefined || !checkChosenSecret(secret).allowed) continue;
    const checked = await checkSecret(tx, row, now(), ({ ranges }) => createRangeCheck(ranges)(address));
    if (!checked.allowed) continue;
    const { key } = checked.value.subject;
    if (holder.kind === 'user' ? key.uid === holder.uid : key.uid === null && key.oid === holder.oid) {
      found.push(checked.value);
    }
  }
  return found;
}

async function findRight(
  candidates: readonly FoundKey[],
  { secret, address }: UnknownSecret,
): Promise<FoundKey | undefined> {
  // A secret that could not be imported is not worth a hash. Without candidates, even this check is skipped.
  if (candidates.length === 0 || !checkChosenSecret(secret).allowed) return undefined;
  for (const candidate of candidates) {
    if (!createRangeCheck(candidate.subject.key.ranges)(address)) continue;
    if (await verifyImported(secret, candidate.secret.hash)) return candidate;
  }
  return undefined;
}

async function claim(
  { store, now, verifyOnce }: ExchangeContext,
  { secret: row }: FoundKey,
  { secret, address }: UnknownSecret,
): Promise<Outcome<FoundKey>> {
  const tag = store.material.tag(secret);
  const tagged = { ...row, tag, hash: await ownHash(row.hash, secret) };
  await store.write((tx) => tagSecret(tx, row, tagged));
  verifyOnce.remember(secret, { tag, hash: tagged.hash });
  const found = await store.read((tx) => lookUpKey(tx, tag, now(), ({ ranges }) => createRangeCheck(ranges)(address)));
  if (!found.allowed) return found;
  return (await verifyOnce(secret, found.value.secret)) ? found : denyKey('has another hash');
}

/** Returns a hash that is compared without a library: the imported one if it is such, else a new one of the secret. */
async function ownHash(hash: string, secret: string): Promise<string> {
  if (hash !== DIGEST_HASH && parseHash(hash) !== undefined) return hash;
  return hashSecret(secret, DEFAULT_HASH_SETTING, randomBytes);
}
