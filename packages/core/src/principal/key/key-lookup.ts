import { allow, type Denial, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { UnavailableError } from '../../denial/errors.js';
import type { KeyMaterial } from '../../store/keyring.js';
import type { KeyRow, RevisionRow, SecretRow } from '../../store/rows.js';
import type { Store } from '../../store/store.js';
import { readGathered } from '../../store/together.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { deadReason, readSubject, type Subject } from '../read-subject.js';
import { isSuspended, SUSPENDED } from './suspended.js';

/** A key found by its text, with the revision of the snapshot it was read in. The hash is not verified yet. */
export interface FoundKey {
  readonly secret: SecretRow;
  readonly subject: Subject;
  readonly revision: RevisionRow;
}

/** Tells whether a key may be used from where it is. Called for keys that are live, before more of them is judged. */
export type AdmitFrom = (key: KeyRow) => boolean;

/**
 * Gives `work` one snapshot of what {@link lookUpKey} reads for a text: of one statement, where the store can.
 *
 * The row of the key `keyId` is in it too.
 */
export async function readOfKey<R>(
  store: Store,
  text: string,
  work: (tx: ReadTransaction) => Promise<R>,
  keyId: string | null = null,
): Promise<R> {
  if (store.rowsOfKey === undefined) return store.read(work);
  const tag = store.material.tag(text);
  const rows = await store.rowsOfKey({ tag, keyId, setting: SUSPENDED.name });
  return work(readGathered(rows));
}

/**
 * Finds a key by its look-up tag and judges its rows.
 *
 * Every wrong key is an index miss: the same work, and no hash. Does not verify the hash; the address only by
 * `admitFrom`, with the work of a dead key where it is the wrong one.
 */
export async function lookUpKey(
  tx: ReadTransaction,
  material: KeyMaterial,
  text: string,
  now: number,
  admitFrom?: AdmitFrom,
): Promise<Outcome<FoundKey>> {
  const secret = await tx.get('secret', { tag: material.tag(text) });
  return secret === undefined ? denyKey('unknown') : checkSecret(tx, secret, now, admitFrom);
}

/** Judges the rows behind a secret: whether it, its key and its user are live. */
export async function checkSecret(
  tx: ReadTransaction,
  secret: SecretRow,
  now: number,
  admitFrom: AdmitFrom = () => true,
): Promise<Outcome<FoundKey>> {
  if (secret.endsAt !== null && secret.endsAt <= now) return denyKey('rotated away');
  const key = await tx.get('key', { keyId: secret.keyId });
  if (key === undefined) return denyKey('orphaned');
  const dead = deadReason(key, now);
  if (dead !== undefined) return denyKey(dead);
  if (!admitFrom(key)) return denyKey('used from another address');
  const subject = await readSubject(tx, key);
  if (typeof subject === 'string') return denyKey(subject);
  if (await isSuspended(tx)) return denyKey('suspended, as every key, until a restore is confirmed');
  const revision = await tx.get('revision', { id: 1 });
  if (revision === undefined) throw new UnavailableError('store', new Error('the store was never initialised'));
  return allow({ secret, subject, revision });
}

/** One answer for every reason a key is not good. */
export function denyKey(reason: string): Denial {
  return deny('ERR_KEY_INVALID', { reason: `key ${reason}` });
}
