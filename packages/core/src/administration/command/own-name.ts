import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { Principal } from '../../principal/principal.js';
import type { Subject } from '../../principal/read-subject.js';
import type { ActorState } from './actor-state.js';

/**
 * Whether a secret of the key is a whole credential of its user: a standard user's own key without `segment`.
 *
 * An API user has none, and no API-user key is one. What was exchanged for the key must be asked {@link isWhole}.
 */
export function isWholeKey({ key, user }: Pick<Subject, 'key' | 'user'>): boolean {
  return key.kind === 'user' && user?.type === 'standard' && !key.flairs.includes('segment');
}

/**
 * Whether the credential is a whole one of its user: a whole key, or a token exchanged for one without `perms` and in
 * the user's own hands. An `oid` makes a token no less whole.
 *
 * A token of another issuer and one that a service was given on behalf of the user are never whole.
 */
export function isWhole({ via, narrowed, actors }: Principal, subject: Pick<Subject, 'key' | 'user'>): boolean {
  const inOwnHands = via === 'api-key' || (narrowed !== true && actors === undefined);
  return inOwnHands && isWholeKey(subject);
}

/**
 * Lets on whoever acts in a user's own name, and refuses everybody else with `ERR_USER_REQUIRED`. Gives the uid;
 * undefined for the operator, who may do all of it.
 *
 * Such acts are: making organizations and groups, managing groups one owns, one's own keys, inviting a user by
 * `POST /v1/users/invite`, and accepting or declining invitations. Every one of them asks here. `what` completes the
 * refusal: `only a user can ...`.
 */
export function requireOwnName({ operator, whole, uid }: ActorState, what: string): Outcome<string | undefined> {
  if (operator || (whole && uid !== undefined)) return allow(uid);
  const reason = uid === undefined ? 'not of a user' : "not the user's whole credential";
  return deny('ERR_USER_REQUIRED', { detail: `only a user can ${what}`, reason });
}
