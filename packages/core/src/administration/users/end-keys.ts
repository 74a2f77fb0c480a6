import type { SecurityTransaction } from '../../revision/security-write.js';
import type { KeyKind } from '../../store/rows.js';

/** Revokes all keys of a user, or only the keys of one kind, and every token exchanged for these keys. */
export async function endKeysOf(tx: SecurityTransaction, uid: string, now: number, kind?: KeyKind): Promise<void> {
  const live = { uid, revokedAt: null };
  for (const { keyId } of await tx.find('key', kind === undefined ? live : { ...live, kind })) {
    await tx.update('key', { keyId }, { revokedAt: now });
    tx.touch('key', keyId);
  }
}

/** Deletes the keys that match `where` and their secrets, so that lookups by the text of these keys find nothing. */
export async function removeKeys(
  tx: SecurityTransaction,
  where: { readonly uid: string } | { readonly oid: string },
): Promise<void> {
  for (const { keyId } of await tx.find('key', where)) {
    await tx.remove('secret', { keyId });
    tx.touch('key', keyId);
  }
  await tx.remove('key', where);
}
