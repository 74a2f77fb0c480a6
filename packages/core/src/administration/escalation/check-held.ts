import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { denyMissing } from '../../permission/deny-missing.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';
import type { Entitlements } from '../command/entitlements.js';

/**
 * Checks that the actor holds a permission in an organization. Returns the actor's rights in the organization. Returns
 * undefined for the operator, who is always allowed.
 */
export function checkHeld(
  context: AdministrationContext,
  actorState: ActorState,
  oid: string,
  permission: string,
): Outcome<Entitlements | undefined> {
  if (actorState.operator) return allow(undefined);
  const power = actorState.in(oid);
  if (power !== undefined && context.catalogue.expand(power.grants).includes(permission)) return allow(power);
  return { ...denyMissing([permission], power !== undefined), organization: oid };
}

/** True if the actor sees only what it created: the actor has the flair `segment`, but not the flair `root`. */
export function isSegmented(power: Entitlements | undefined): boolean {
  return power?.flairs.includes('segment') === true && !power.flairs.includes('root');
}

/**
 * True if the actor is an owner whose credential has all rights of the owner. Such a credential is neither narrowed nor
 * segmented.
 */
export function isWholeOwner(power: Entitlements | undefined): boolean {
  return power?.owner === true && !power.narrowed && !isSegmented(power);
}

/**
 * Checks that the actor may manage the users of an organization.
 *
 * A segmented actor (`segment` flair) sees no users, but only the keys and resources that it created. Such an actor is
 * refused with `ERR_NOT_FOUND`.
 */
export function checkUserControl(
  context: AdministrationContext,
  actorState: ActorState,
  oid: string,
): Outcome<Entitlements | undefined> {
  const held = checkHeld(context, actorState, oid, 'user.ctrl');
  if (!held.allowed || !isSegmented(held.value)) return held;
  return deny('ERR_NOT_FOUND', { detail: 'not found', reason: 'segmented' });
}
