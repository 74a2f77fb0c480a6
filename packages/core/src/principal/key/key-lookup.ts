import { allow, type Denial, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { notInitialized } from '../../store/initialize.js';
import type { KeyRow, RevisionRow, SecretRow } from '../../store/rows.js';
import type { Store } from '../../store/store.js';
import { readGathered } from '../../store/together.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { invalidReason, readSubject, type Subject } from '../read-subject.js';
import { isSuspended, SUSPENDED } from './suspended.js';

/**
 * A key found by its text, and the revision (the store's change counter) in the same snapshot. The key's hash is not
 * verified yet.
 */
export interface FoundKey {
  readonly secret: SecretRow;
  readonly subject: Subject;
  readonly revision: RevisionRow;
}

/**
 * Function that returns true if the key may be used from the caller's address. Called for a key whose own row is valid,
 * before the rows of its identity and user are read.
 */
export type AdmitFrom = (key: KeyRow) => boolean;

/**
 * Runs `work` in one snapshot. The snapshot contains the rows that {@link lookUpKey} reads for the lookup tag, and the
 * row of the key with the id `keyId`. If the store can do so, it reads all these rows with one statement.
 *
 * The rows of a large user are not read with one statement. A key that is refused then costs the same for any user.
 */
export async function readOfKey<R>(
  store: Store,
  tag: string,
  work: (tx: ReadTransaction) => Promise<R>,
  keyId: string | null = null,
): Promise<R> {
  if (store.rowsOfKey === undefined) return store.read(work);
  const rows = await store.rowsOfKey({ tag, keyId, setting: SUSPENDED.name });
  return rows === undefined ? store.read(work) : work(readGathered(rows));
}

/**
 * Finds a key by its lookup tag (the index value under which its secret is stored) and checks that the rows of the key
 * are valid. Every unknown key takes the same amount of work: one index lookup that finds nothing, and no hash.
 *
 * Does not verify the hash. `admitFrom` checks the caller's address. A key that is used from a wrong address takes as
 * much work as a revoked key.
 */
export async function lookUpKey(
  tx: ReadTransaction,
  tag: string,
  now: number,
  admitFrom?: AdmitFrom,
): Promise<Outcome<FoundKey>> {
  const secret = await tx.get('secret', { tag });
  return secret === undefined ? denyKey('unknown') : checkSecret(tx, secret, now, admitFrom);
}

/** Checks the rows of a secret, its key and its user. Returns a denial if any of these rows is not valid. */
export async function checkSecret(
  tx: ReadTransaction,
  secret: SecretRow,
  now: number,
  admitFrom: AdmitFrom = () => true,
): Promise<Outcome<FoundKey>> {
  if (secret.endsAt !== null && secret.endsAt <= now) return denyKey('rotated away');
  const key = await tx.get('key', { keyId: secret.keyId });
  if (key === undefined) return denyKey('orphaned');
  const dead = invalidReason(key, now);
  if (dead !== undefined) return denyKey(dead);
  if (!admitFrom(key)) return denyKey('used from another address');
  const subject = await readSubject(tx, key);
  if (typeof subject === 'string') return denyKey(subject);
  if (await isSuspended(tx)) return denyKey('suspended, as every key, until a restore is confirmed');
  const revision = await tx.get('revision', { id: 1 });
  if (revision === undefined) throw notInitialized();
  return allow({ secret, subject, revision });
}

/** Creates the denial for a key. The caller's response is the same, byte for byte, for every reason. */
export function denyKey(reason: string): Denial {
  return deny('ERR_KEY_INVALID', { reason: `key ${reason}` });
}
