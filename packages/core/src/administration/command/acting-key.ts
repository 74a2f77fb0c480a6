import type { KeyRow, SessionRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { ORDINARY_KEY } from './ordinary-key.js';

/**
 * Identifies the key or session of an actor, by values from its credential. `keyId` is the public id of the key or
 * session.
 */
export interface ActingReference {
  readonly keyId: string;
  readonly uid: string | undefined;
}

/**
 * Returns the key with which an actor acts. For a session of the console, returns a key that represents the session,
 * see `sessionToKey`. Returns undefined for a session that has expired.
 *
 * The caller of this function must check that the key is valid.
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

/**
 * Finds the identity under which a user acts without one of the user's own keys, for example in a session of the
 * console. API-user keys of the user have the same identity.
 */
export async function findPersonIdentity(tx: ReadTransaction, uid: string) {
  const [identity] = await tx.find('identity', personIdentity(uid), { limit: 1 });
  return identity;
}

/**
 * Returns the columns that identify the identity under which a user acts without one of the user's own keys, see
 * `findPersonIdentity`.
 */
export function personIdentity(uid: string) {
  return { kind: 'user', scope: uid, name: uid } as const;
}

/**
 * Returns a key that represents a session of the console: a key of the user, without flairs or limits. The key has no
 * expiry. The expiry of a session limits the tokens of the session, but not the keys that the user creates in it.
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
