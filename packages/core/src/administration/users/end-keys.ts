import type { SecurityTransaction } from '../../revision/security-write.js';
import type { KeyKind, KeyRow } from '../../store/rows.js';

/** Revokes all keys of a user, or only the keys of one kind, and every token exchanged for these keys. */
export async function endKeysOf(tx: SecurityTransaction, uid: string, now: number, kind?: KeyKind): Promise<void> {
  const live = { uid, revokedAt: null };
  for (const { keyId } of await tx.find('key', kind === undefined ? live : { ...live, kind })) {
    await tx.update('key', { keyId }, { revokedAt: now });
    tx.touch('key', keyId);
  }
}

/** Deletes keys and their secrets, so that lookups by the text of these keys find nothing. */
export async function removeKeyRows(tx: SecurityTransaction, keys: readonly KeyRow[]): Promise<void> {
  const ids = keys.map(({ keyId }) => keyId);
  for (const keyId of ids) tx.touch('key', keyId);
  for (const table of ['secret', 'federation', 'key'] as const) await tx.removeIn(table, 'keyId', ids);
}
