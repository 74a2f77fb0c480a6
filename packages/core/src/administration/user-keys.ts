import { allow, type Outcome } from '../answer/denial.js';
import { deny } from '../answer/denial-table.js';
import type { KeyRow } from '../store/rows.js';
import type { ReadTransaction } from '../store/store.js';
import { type Actor, readStanding, type Standing } from './actor.js';
import { audit } from './audit.js';
import { type AdministrationContext, commandBy } from './context.js';
import { type ListedKey, withSecrets } from './list-keys.js';

/** Lists the keys in the acting user's own name that are not revoked. A segmented key sees only those it made. */
export async function listUserKeys(
  context: AdministrationContext,
  actor: Actor,
): Promise<Outcome<readonly ListedKey[]>> {
  return context.store.read(async (tx) => {
    const standing = await readStanding(tx, context.catalogue, actor, context.now());
    if (!standing.allowed) return standing;
    const keys = await findOwnKeys(tx, standing.value);
    return keys.allowed ? allow(await Promise.all(keys.value.map((key) => withSecrets(tx, key)))) : keys;
  });
}

/** Ends a key in the acting user's own name, at once and for good, and every token exchanged for it. */
export async function revokeUserKey(
  context: AdministrationContext,
  actor: Actor,
  { keyId }: { readonly keyId: string },
): Promise<Outcome<{ readonly keyId: string }>> {
  return commandBy(context, actor, async (tx, standing) => {
    const keys = await findOwnKeys(tx, standing);
    if (!keys.allowed) return keys;
    const key = keys.value.find((own) => own.keyId === keyId);
    if (key === undefined) return deny('ERR_NOT_FOUND', { detail: 'no such key' });
    await tx.update('key', { keyId }, { revokedAt: context.now() });
    tx.touch('key', keyId);
    const { name } = key;
    await audit(tx, context, standing, { oid: null, action: 'key.revoke', target: keyId, details: { name } });
    return allow({ keyId });
  });
}

async function findOwnKeys(tx: ReadTransaction, standing: Standing): Promise<Outcome<readonly KeyRow[]>> {
  const { uid, segmented, identity } = standing;
  if (uid === undefined) return deny('ERR_USER_REQUIRED', { detail: 'only a user can have keys in their own name' });
  const keys = (await tx.find('key', { uid })).filter((key) => key.revokedAt === null);
  return allow(segmented ? keys.filter((key) => key.createdBy === identity) : keys);
}
