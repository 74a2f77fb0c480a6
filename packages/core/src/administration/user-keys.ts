import { allow, type Outcome } from '../answer/denial.js';
import { deny } from '../answer/denial-table.js';
import type { KeyRow } from '../store/rows.js';
import { type Actor, readStanding, type Standing } from './actor.js';
import { audit } from './audit.js';
import { type AdministrationContext, commandBy } from './context.js';
import type { Paged, PageInput } from './cursor.js';
import { type ListedKey, pageOfKeys } from './list-keys.js';
import { requireOwnName } from './own-name.js';

/** Lists the keys in the acting user's own name that are not revoked. */
export async function listUserKeys(
  context: AdministrationContext,
  actor: Actor,
  page: PageInput = {},
): Promise<Outcome<Paged<ListedKey>>> {
  return context.store.read(async (tx) => {
    const standing = await readStanding(tx, context.catalogue, actor, context.now());
    if (!standing.allowed) return standing;
    const own = ownKeys(standing.value);
    if (!own.allowed) return own;
    const scope = { list: 'user-keys', reader: standing.value.identity ?? '' };
    return pageOfKeys(context, tx, scope, own.value, page);
  });
}

/** Ends a key in the acting user's own name, at once and for good, and every token exchanged for it. */
export async function revokeUserKey(
  context: AdministrationContext,
  actor: Actor,
  { keyId }: { readonly keyId: string },
): Promise<Outcome<{ readonly keyId: string }>> {
  return commandBy(context, actor, async (tx, standing) => {
    const own = ownKeys(standing);
    if (!own.allowed) return own;
    const [key] = await tx.find('key', { ...own.value, keyId, revokedAt: null });
    if (key === undefined) return deny('ERR_NOT_FOUND', { detail: 'no such key' });
    await tx.update('key', { keyId }, { revokedAt: context.now() });
    tx.touch('key', keyId);
    const { name } = key;
    await audit(tx, context, standing, { oid: null, action: 'key.revoke', target: keyId, details: { name } });
    return allow({ keyId });
  });
}

/** What the keys have in common that the actor acts for as its own. The operator has none. */
function ownKeys(standing: Standing): Outcome<Partial<KeyRow>> {
  const own = requireOwnName(standing, 'have keys in their own name');
  if (!own.allowed) return own;
  if (own.value !== undefined) return allow({ uid: own.value });
  return deny('ERR_USER_REQUIRED', { detail: 'only a user can have keys in their own name' });
}
