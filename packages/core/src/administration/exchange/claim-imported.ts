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

/** A secret that matches no known key. `holder` is the user or organization that was sent together with the secret. */
export interface UnknownSecret {
  readonly secret: string;
  readonly holder: ImportHolder;
  readonly address: string | undefined;
}

/**
 * Estimated time of one PBKDF2 round, in milliseconds. Current machines need less time. If a machine needs more time,
 * the guess queue detects that guesses take longer and reserves more time for each guess.
 */
const MS_PER_ROUND = 0.001;

/**
 * Compares an unknown secret with the hashes of imported keys that have not been used yet. If a hash matches, stores
 * the lookup tag of the key (an HMAC of the key's text), so that later requests find the key directly.
 *
 * Each unknown secret that is sent for a user is a guess and waits in the guess queue. The guess waits even if the user
 * has no imported hash, so that the response time reveals nothing. A secret that is sent for an organization waits only
 * if a hash of any organization's key was ever imported.
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
  // Loaded for every guess, so that the error for a missing library does not reveal who has an imported hash.
  await loadHashLibraries(libraries);
  const right = digests[0] ?? (await findRight(candidates, sent));
  return {
    answer: right === undefined ? unknown : await claim(context, right, sent),
    isRight: right !== undefined,
    placeMs: rounds * MS_PER_ROUND,
  };
}

/** Finds the keys that were imported as a digest of this secret. */
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
  // A secret that could never have been imported is not compared.
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

/**
 * Returns a hash that can be compared without an additional library. Returns the imported hash if it needs no library,
 * otherwise a new hash of the secret.
 */
async function ownHash(hash: string, secret: string): Promise<string> {
  if (hash !== DIGEST_HASH && parseHash(hash) !== undefined) return hash;
  return hashSecret(secret, DEFAULT_HASH_SETTING, randomBytes);
}
