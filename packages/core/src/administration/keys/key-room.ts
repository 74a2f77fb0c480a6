import type { Outcome } from '../../denial/denial.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { KeyKind } from '../../store/rows.js';
import type { ActorState } from '../command/actor-state.js';
import { checkRoom } from '../command/caller-limits.js';
import type { AdministrationContext } from '../command/context.js';

/** The organization or user whose keys are counted. For an organization, keys of each kind are counted separately. */
export type KeyHolder =
  | { readonly kind: 'organization'; readonly oid: string; readonly of: KeyKind }
  | { readonly kind: 'user'; readonly uid: string };

/** Maximum number of keys that are read to find expired keys when the limit is reached. */
const LOOKED_AT = 1000;

/**
 * Checks that the holder may have one more key.
 *
 * Expired keys do not count toward the limit. If the limit is reached, expired keys are revoked to make room.
 */
export async function requireKeyRoom(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  holder: KeyHolder,
): Promise<Outcome<undefined>> {
  const where =
    holder.kind === 'user'
      ? { uid: holder.uid, revokedAt: null }
      : { oid: holder.oid, kind: holder.of, revokedAt: null };
  const name = holder.kind === 'user' ? 'userKeys' : 'organizationKeys';
  const room = await checkRoom(tx, context, actorState, { name, table: 'key', where });
  if (room.allowed) return room;
  let ended = 0;
  const now = context.now();
  for (const { keyId, expiresAt } of await tx.find('key', where, { limit: LOOKED_AT })) {
    if (expiresAt === null || expiresAt > now) continue;
    await tx.update('key', { keyId }, { revokedAt: now });
    tx.touch('key', keyId);
    ended += 1;
  }
  return ended === 0 ? room : checkRoom(tx, context, actorState, { name, table: 'key', where });
}
