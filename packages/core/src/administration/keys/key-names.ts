import { deadReason } from '../../principal/read-subject.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { KeyRow } from '../../store/rows.js';

/**
 * True if a valid or disabled key has the name in its organization or of its user.
 *
 * Revokes an expired key of that name, so that it stays invalid once the name is taken again.
 */
export async function isNameTaken(
  tx: SecurityTransaction,
  { oid, uid, kind, name }: Pick<KeyRow, 'oid' | 'uid' | 'kind' | 'name'>,
  now: number,
): Promise<boolean> {
  const live = { name, revokedAt: null };
  for (const key of await tx.find('key', uid === null ? { oid, kind, ...live } : { uid, ...live })) {
    if (deadReason({ ...key, disabledAt: null }, now) === undefined) return true;
    await tx.update('key', { keyId: key.keyId }, { revokedAt: now });
    tx.touch('key', key.keyId);
  }
  return false;
}
