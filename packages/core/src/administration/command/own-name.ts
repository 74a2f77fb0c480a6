import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { Principal } from '../../principal/principal.js';
import type { Subject } from '../../principal/read-subject.js';
import type { ActorState } from './actor-state.js';

/**
 * True if the key has all rights of its user: the key is a person's own key and has no `segment` flair.
 *
 * False for every API-user key, even if it belongs to a person. For a token that was issued in exchange for a key, use
 * {@link isWhole}.
 */
export function isWholeKey({ key, user }: Pick<Subject, 'key' | 'user'>): boolean {
  return key.kind === 'user' && user?.type === 'standard' && !key.flairs.includes('segment');
}

/**
 * True if the credential has all rights of its user. This is the case for a key for which {@link isWholeKey} is true.
 * It is also the case for a token that was issued in exchange for such a key, if the exchange request contained no
 * `perms`. An `oid` in the exchange request makes no difference.
 *
 * False for a token of an external issuer, and for a token that a service received on behalf of the user.
 */
export function isWhole({ via, narrowed, actors }: Principal, subject: Pick<Subject, 'key' | 'user'>): boolean {
  const inOwnHands = via === 'api-key' || (narrowed !== true && actors === undefined);
  return inOwnHands && isWholeKey(subject);
}

/**
 * Checks that the actor is a user who acts in their own name. Returns the uid of the user. Returns undefined for the
 * operator, who is always allowed. Refuses all other actors with `ERR_USER_REQUIRED`.
 *
 * `what` completes the error message `only a user can ...`. The check is for commands that a user may run only in their
 * own name: creating organizations and groups, managing their own groups and keys, accepting or declining invitations,
 * and inviting a user by `POST /v1/users/invite`.
 */
export function requireOwnName({ operator, whole, uid }: ActorState, what: string): Outcome<string | undefined> {
  if (operator || (whole && uid !== undefined)) return allow(uid);
  const reason = uid === undefined ? 'not of a user' : "not the user's whole credential";
  return deny('ERR_USER_REQUIRED', { detail: `only a user can ${what}`, reason });
}
