import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { Principal } from '../../principal/principal.js';
import type { Subject } from '../../principal/read-subject.js';
import type { ActorState } from './actor-state.js';

/**
 * True if the key carries everything its user may do: it is a person's own key without the `segment` flair.
 *
 * False for every API-user key, even a person's. For a token exchanged for the key, use {@link isWhole}.
 */
export function isWholeKey({ key, user }: Pick<Subject, 'key' | 'user'>): boolean {
  return key.kind === 'user' && user?.type === 'standard' && !key.flairs.includes('segment');
}

/**
 * True if the credential carries everything its user may do: a key for which {@link isWholeKey} is true, or a token
 * that was exchanged for such a key without `perms`. An `oid` in the exchange makes no difference.
 *
 * False for a token of another issuer, and for a token that a service received on behalf of the user.
 */
export function isWhole({ via, narrowed, actors }: Principal, subject: Pick<Subject, 'key' | 'user'>): boolean {
  const inOwnHands = via === 'api-key' || (narrowed !== true && actors === undefined);
  return inOwnHands && isWholeKey(subject);
}

/**
 * Checks that the actor is a user who acts in their own name. Returns the uid, or undefined for the operator, who is
 * always allowed. Refuses all others with `ERR_USER_REQUIRED`.
 *
 * `what` completes the error message `only a user can ...`. The commands that a user runs in their own name use this
 * check: create organizations and groups, manage groups they own and their own keys, invite a user by `POST
 * /v1/users/invite`, and accept or decline invitations.
 */
export function requireOwnName({ operator, whole, uid }: ActorState, what: string): Outcome<string | undefined> {
  if (operator || (whole && uid !== undefined)) return allow(uid);
  const reason = uid === undefined ? 'not of a user' : "not the user's whole credential";
  return deny('ERR_USER_REQUIRED', { detail: `only a user can ${what}`, reason });
}
