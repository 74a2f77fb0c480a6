import { OptionError } from '../../denial/errors.js';
import { deadReason } from '../../principal/read-subject.js';
import { randomId } from '../../store/ids.js';
import type { RevisionRow, TableName } from '../../store/rows.js';
import type { Store } from '../../store/store.js';
import type { ReadTransaction, WriteTransaction } from '../../store/transaction.js';
import { audit } from '../audit/audit.js';
import { operatorStanding } from '../command/actor.js';
import type { AdministrationContext } from '../command/context.js';
import { merge } from './merge.js';
import type { Backup } from './open-backup.js';
import { primaryOf, rowsOf } from './pages.js';
import { replace } from './replace.js';

export interface RestoreInput {
  /** Whether what the database holds is dropped, in place of being merged. Default false. */
  readonly replace?: boolean;
  /** Who restores, for the audit. */
  readonly operator: string;
}

/** What a restore did. */
export type Restored =
  /** The database had rows of the same history: what was given since is gone, what was ended since stays ended. */
  | { readonly kind: 'merged'; readonly removed: number; readonly narrowed: number; readonly keysWithoutSecret: number }
  /** The rows are those of the backup, and every key is suspended until `confirmRestore`. */
  | { readonly kind: 'replaced'; readonly rows: number };

/**
 * Restores a backup in one transaction: all of it counts, or nothing of it.
 *
 * The database becomes another incarnation: every token ends, and every process drops what it knows. Security writes
 * of others wait meanwhile.
 *
 * @throws OptionError when the database holds rows of another history and `replace` is not set.
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
    await audit({ insert: tx.insert, revision: n }, context, operatorStanding(input.operator), entry);
    return done;
  });
  await context.committed().catch(() => undefined);
  return restored;
}

/** Whether both have the same key material, which is made once with a database and never changes. */
function isSameHistory(store: Store, backup: Backup): boolean {
  const probe = 'flairgate';
  return store.material.tag(probe) === backup.material.tag(probe);
}

/** Makes way for another history. The signing keys of this one are sealed under what ends with it. */
async function endOther(tx: WriteTransaction, mayReplace: boolean): Promise<void> {
  const telling: readonly TableName[] = ['organization', 'user', 'key'];
  for (const table of telling) {
    if (mayReplace || (await tx.find(table, {}, { limit: 1 })).length === 0) continue;
    throw new OptionError(
      'the database holds rows of another one than the backup; name an empty one, or --replace them',
    );
  }
  for await (const { kid } of rowsOf(tx, 'signingKey')) await tx.remove('signingKey', { kid });
}

/** Ends all that was read before: another incarnation, past every number that either history knows. */
async function renew(
  tx: WriteTransaction,
  current: RevisionRow,
  { revision }: Backup,
  incarnation: string,
): Promise<number> {
  const n = Math.max(current.n, revision.n) + 1;
  for await (const change of rowsOf(tx, 'change')) await tx.remove('change', primaryOf('change', change));
  await tx.update('revision', { id: 1 }, { incarnation, n, prunedTo: n });
  return n;
}

/** Live keys whose every secret was made or ended since: somebody must rotate them. */
async function countKeysWithoutSecret(tx: ReadTransaction, now: number): Promise<number> {
  let count = 0;
  for await (const key of rowsOf(tx, 'key')) {
    if (deadReason({ ...key, disabledAt: null }, now) !== undefined) continue;
    const secrets = await tx.find('secret', { keyId: key.keyId });
    if (!secrets.some(({ endsAt }) => endsAt === null || endsAt > now)) count += 1;
  }
  return count;
}
