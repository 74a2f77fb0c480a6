import type { SecurityTransaction } from '../../revision/security-write.js';
import type { KeyKind } from '../../store/rows.js';

/** Revokes the keys of a user, all or those of one kind, and with them every token exchanged for one. */
export async function endKeysOf(tx: SecurityTransaction, uid: string, now: number, kind?: KeyKind): Promise<void> {
  const live = { uid, revokedAt: null };
  for (const { keyId } of await tx.find('key', kind === undefined ? live : { ...live, kind })) {
    await tx.update('key', { keyId }, { revokedAt: now });
    tx.touch('key', keyId);
  }
}

/** Removes the keys found by `where` and their secrets, so that no text of these keys finds a row. */
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
