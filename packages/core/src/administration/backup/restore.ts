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
   * True to replace the rows of the database instead of merging. Required if the database has a different history than
   * the backup.
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
   * The database had the same history as the backup, so both were merged. Rights granted since the backup were revoked,
   * and rights revoked since the backup stay revoked.
   */
  | { readonly kind: 'merged'; readonly removed: number; readonly narrowed: number; readonly keysWithoutSecret: number }
  /** The rows of the database were replaced with the backup. Every key is suspended until `confirmRestore`. */
  | { readonly kind: 'replaced'; readonly rows: number };

/**
 * Restores a backup in one transaction, so that a failed restore changes nothing.
 *
 * The database gets a new incarnation (history of revisions), so every token is revoked and every process clears its
 * caches. Other security writes wait until the restore is complete.
 *
 * @throws OptionError if the database contains rows of a different history and `replace` is not set
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

/** True if the store and the backup have the same key material, which is created with a database and never changes. */
function isSameHistory(store: Store, backup: Backup): boolean {
  const probe = 'flairgate';
  return store.material.tag(probe) === backup.material.tag(probe);
}

/**
 * Prepares a database for a backup with a different history. Refuses if the database is not empty and may not be
 * replaced. Removes the signing keys, because they are encrypted with the key material that the restore replaces.
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
 * Starts a new incarnation, with a revision higher than that of the database and of the backup, so that nothing read
 * before the restore stays valid. Sessions of the console end.
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

/** Counts the valid keys that have no valid secret left after the merge. These keys must be rotated before use. */
async function countKeysWithoutSecret(tx: ReadTransaction, now: number): Promise<number> {
  let count = 0;
  for await (const key of rowsOf(tx, 'key')) {
    if (invalidReason({ ...key, disabledAt: null }, now) !== undefined) continue;
    const secrets = await tx.find('secret', { keyId: key.keyId });
    if (!secrets.some(({ endsAt }) => endsAt === null || endsAt > now)) count += 1;
  }
  return count;
}
