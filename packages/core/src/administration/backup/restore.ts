import { OptionError } from '../../denial/errors.js';
import { invalidReason } from '../../principal/read-subject.js';
import { randomId } from '../../store/ids.js';
import type { RevisionRow, TableName } from '../../store/rows.js';
import type { Store } from '../../store/store.js';
import type { ReadTransaction, WriteTransaction } from '../../store/transaction.js';
import { audit } from '../audit/audit.js';
import { operatorState } from '../command/actor.js';
import type { AdministrationContext } from '../command/context.js';
import { merge } from './merge.js';
import type { Backup } from './open-backup.js';
import { primaryOf, rowsOf } from './pages.js';
import { replace } from './replace.js';

export interface RestoreInput {
  /**
   * True to replace the rows of the database with the rows of the backup. False to merge the backup into the database.
   * Must be true if the database is not empty and does not have the same history as the backup.
   *
   * @default false
   */
  readonly replace?: boolean;
  /** Name of the operator, recorded in the audit. */
  readonly operator: string;
}

/** Result of a restore. */
export type Restored =
  /**
   * The database had the same history as the backup, so the backup was merged into the database. Rights granted since
   * the backup were revoked. Rights revoked since the backup stay revoked.
   */
  | { readonly kind: 'merged'; readonly removed: number; readonly narrowed: number; readonly keysWithoutSecret: number }
  /**
   * The rows of the database were replaced with the rows of the backup. Every key is suspended until `confirmRestore`
   * is called.
   */
  | { readonly kind: 'replaced'; readonly rows: number };

/**
 * Restores a backup in one transaction, so that a failed restore changes nothing.
 *
 * The database gets a new incarnation (history of revisions), so every token is revoked and every process clears its
 * caches. Other security writes wait until the restore is complete.
 *
 * @throws OptionError if the database is not empty and does not have the same history as the backup, unless `replace`
 * is true
 * @example
 * const restored = await restore(context, await openBackup(readLines, masterKey), { operator: 'operator' });
 * if (restored.kind === 'merged') console.log(restored.removed, restored.narrowed);
 */
export async function restore(
  context: Pick<AdministrationContext, 'store' | 'catalogue' | 'now' | 'random' | 'committed'>,
  backup: Backup,
  input: RestoreInput,
): Promise<Restored> {
  const { store, catalogue, now, random } = context;
  const at = now();
  const restored = await store.write(async (tx): Promise<Restored> => {
    const current = await tx.lockRevision();
    const isSame = isSameHistory(store, backup);
    if (!isSame) await endOther(tx, input.replace === true);
    const done: Restored =
      isSame && input.replace !== true
        ? {
            kind: 'merged',
            ...(await merge(tx, backup, { catalogue, at })),
            keysWithoutSecret: await countKeysWithoutSecret(tx, at),
          }
        : { kind: 'replaced', rows: await replace(tx, backup, at) };
    const n = await renew(tx, current, backup, randomId(random));
    const details = { backup_at: backup.at, ...done };
    const entry = { oid: null, action: 'database.restore', target: backup.revision.incarnation, details };
    await audit({ insert: tx.insert, revision: n }, context, operatorState(input.operator), entry);
    return done;
  });
  await context.committed().catch(() => undefined);
  return restored;
}

/**
 * True if the store and the backup have the same key material. Key material is created together with a database and
 * never changes.
 */
function isSameHistory(store: Store, backup: Backup): boolean {
  const probe = 'flairgate';
  return store.material.tag(probe) === backup.material.tag(probe);
}

/**
 * Prepares a database for the restore of a backup that does not have the same history. Throws if the database is not
 * empty and `mayReplace` is false. Removes the signing keys of the database, because the restore replaces the key
 * material with which they are encrypted.
 */
async function endOther(tx: WriteTransaction, mayReplace: boolean): Promise<void> {
  const telling: readonly TableName[] = ['organization', 'user', 'key'];
  for (const table of telling) {
    if (mayReplace || (await tx.find(table, {}, { limit: 1 })).length === 0) continue;
    throw new OptionError(
      'the database must be empty or share the history of the backup; name an empty one, or use --replace',
    );
  }
  for await (const { kid } of rowsOf(tx, 'signingKey')) await tx.remove('signingKey', { kid });
}

/**
 * Starts a new incarnation (history of revisions). Its first revision is higher than the revision of the database and
 * the revision of the backup, so that nothing that was read before the restore stays valid. Removes all console
 * sessions.
 */
async function renew(
  tx: WriteTransaction,
  current: RevisionRow,
  { revision }: Backup,
  incarnation: string,
): Promise<number> {
  const n = Math.max(current.n, revision.n) + 1;
  for await (const change of rowsOf(tx, 'change')) await tx.remove('change', primaryOf('change', change));
  for await (const session of rowsOf(tx, 'session')) await tx.remove('session', primaryOf('session', session));
  await tx.update('revision', { id: 1 }, { incarnation, n, prunedTo: n });
  return n;
}

/**
 * Counts the valid keys that have no valid secret left after the merge. Such a key must be rotated before it can be
 * used.
 */
async function countKeysWithoutSecret(tx: ReadTransaction, now: number): Promise<number> {
  let count = 0;
  for await (const key of rowsOf(tx, 'key')) {
    if (invalidReason({ ...key, disabledAt: null }, now) !== undefined) continue;
    const secrets = await tx.find('secret', { keyId: key.keyId });
    if (!secrets.some(({ endsAt }) => endsAt === null || endsAt > now)) count += 1;
  }
  return count;
}
