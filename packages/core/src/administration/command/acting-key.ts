import type { KeyRow, SessionRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { ORDINARY_KEY } from './ordinary-key.js';

/** The key or session of an actor, by the public id and the user in its credential. */
export interface ActingReference {
  readonly keyId: string;
  readonly uid: string | undefined;
}

/**
 * Returns the key that an actor acts with. For a session of the console, returns the key that the session acts as.
 *
 * The caller of this function must check that the key is valid. A session that has expired is not returned.
 */
export async function findActingKey(
  tx: ReadTransaction,
  { keyId, uid }: ActingReference,
  now: number,
): Promise<KeyRow | undefined> {
  const key = await tx.get('key', { keyId });
  if (key !== undefined || uid === undefined) return key;
  const session = await tx.get('session', { uid, sessionId: keyId });
  if (session === undefined || session.expiresAt <= now) return undefined;
  const identity = await findPersonIdentity(tx, uid);
  return identity === undefined ? undefined : sessionToKey(session, identity.id);
}

/** Finds the identity under which a user acts without a key of their own. API-user keys share it. */
export async function findPersonIdentity(tx: ReadTransaction, uid: string) {
  const [identity] = await tx.find('identity', personIdentity(uid), { limit: 1 });
  return identity;
}

/** Returns the columns that identify the identity under which a user acts without a key of their own. */
export function personIdentity(uid: string) {
  return { kind: 'user', scope: uid, name: uid } as const;
}

/**
 * Returns the key that a session acts as: a key of the user, without flairs or limits. It has no expiry, because the
 * end of a session limits its tokens and not the keys that the user creates.
 */
export function sessionToKey({ sessionId, uid, createdAt }: SessionRow, identity: string): KeyRow {
  return {
    keyId: sessionId,
    identity,
    kind: 'user',
    oid: null,
    uid,
    name: 'session',
    flairs: [],
    permissions: [],
    ranges: [],
    description: null,
    createdBy: null,
    createdByName: '',
    createdAt,
    expiresAt: null,
    ...ORDINARY_KEY,
  };
}
