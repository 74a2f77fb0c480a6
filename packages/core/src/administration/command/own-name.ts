import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { Principal } from '../../principal/principal.js';
import type { Subject } from '../../principal/read-subject.js';
import type { ActorState } from './actor-state.js';

/**
 * True if a secret of the key is an unrestricted credential of its user: a standard user's own key without `segment`.
 *
 * Keys of API users never are, and neither are API-user keys. For a token exchanged for the key, use {@link isWhole}.
 */
export function isWholeKey({ key, user }: Pick<Subject, 'key' | 'user'>): boolean {
  return key.kind === 'user' && user?.type === 'standard' && !key.flairs.includes('segment');
}

/**
 * True if the credential is an unrestricted one of its user: such a key, or a token that the user exchanged for one
 * without `perms`. An `oid` in the exchange does not restrict it in this sense.
 *
 * Tokens of another issuer, and tokens that a service received on behalf of the user, never are.
 */
export function isWhole({ via, narrowed, actors }: Principal, subject: Pick<Subject, 'key' | 'user'>): boolean {
  const inOwnHands = via === 'api-key' || (narrowed !== true && actors === undefined);
  return inOwnHands && isWholeKey(subject);
}

/**
 * Allows only actors in a user's own name; refuses all others with `ERR_USER_REQUIRED`. Returns the uid, or undefined
 * for the operator, who can do all of it.
 *
 * Creating organizations and groups, managing groups one owns, one's own keys, inviting a user by `POST
 * /v1/users/invite`, and accepting or declining invitations all need this check. `what` completes the refusal: `only a
 * user can ...`.
 */
export function requireOwnName({ operator, whole, uid }: ActorState, what: string): Outcome<string | undefined> {
  if (operator || (whole && uid !== undefined)) return allow(uid);
  const reason = uid === undefined ? 'not of a user' : "not the user's whole credential";
  return deny('ERR_USER_REQUIRED', { detail: `only a user can ${what}`, reason });
}
