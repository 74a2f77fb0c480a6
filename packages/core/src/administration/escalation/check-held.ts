import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';
import type { Entitlements } from '../command/entitlements.js';

/**
 * Refuses an actor without a permission in an organization. Returns what the actor holds there; undefined for the
 * operator, who lacks no permission.
 */
export function checkHeld(
  context: AdministrationContext,
  standing: ActorState,
  oid: string,
  permission: string,
): Outcome<Entitlements | undefined> {
  if (standing.operator) return allow(undefined);
  const power = standing.in(oid);
  if (power !== undefined && context.catalogue.expand(power.grants).includes(permission)) return allow(power);
  const detail = `missing permission: ${permission}`;
  return { ...deny('ERR_PERMISSION_MISSING', { detail, members: { missing: [permission] } }), organization: oid };
}

/** True if the actor sees only keys it created. */
export function isSegmented(power: Entitlements | undefined): boolean {
  return power?.flairs.includes('segment') === true && !power.flairs.includes('root');
}

/** True if the actor has all the rights of an owner: its credential is neither narrowed nor segmented. */
export function isWholeOwner(power: Entitlements | undefined): boolean {
  return power?.owner === true && !power.narrowed && !isSegmented(power);
}

/**
 * Refuses an actor that cannot manage the users of an organization.
 *
 * A segmented actor sees only what it created, which is never a user, so for it no user exists.
 */
export function checkUserControl(
  context: AdministrationContext,
  standing: ActorState,
  oid: string,
): Outcome<Entitlements | undefined> {
  const held = checkHeld(context, standing, oid, 'user.ctrl');
  if (!held.allowed || !isSegmented(held.value)) return held;
  return deny('ERR_NOT_FOUND', { detail: 'not found', reason: 'segmented' });
}
