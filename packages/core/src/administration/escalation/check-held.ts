import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';
import type { Entitlements } from '../command/entitlements.js';

/** Refuses an actor that lacks a permission in an organization. The operator lacks none. */
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

/** Whether the actor sees only keys it made. */
export function isSegmented(power: Entitlements | undefined): boolean {
  return power?.flairs.includes('segment') === true && !power.flairs.includes('root');
}

/** Whether the actor acts with all of an owner's power: by a credential that is neither narrowed nor segmented. */
export function isWholeOwner(power: Entitlements | undefined): boolean {
  return power?.owner === true && !power.narrowed && !isSegmented(power);
}

/**
 * Refuses an actor that may not manage the users of an organization.
 *
 * A segmented one sees only what it made, and never made a user: for it there is none.
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
