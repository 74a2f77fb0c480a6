import { allow, type Outcome } from '../answer/denial.js';
import { deny } from '../answer/denial-table.js';
import type { Standing } from './actor.js';
import type { AdministrationContext } from './context.js';
import type { Power } from './power.js';

/** Refuses an actor that lacks a permission in an organization. The operator lacks none. */
export function requireHeld(
  context: AdministrationContext,
  standing: Standing,
  oid: string,
  permission: string,
): Outcome<Power | undefined> {
  if (standing.operator) return allow(undefined);
  const power = standing.in(oid);
  if (power !== undefined && context.catalogue.expand(power.grants).includes(permission)) return allow(power);
  const detail = `missing permission: ${permission}`;
  return { ...deny('ERR_PERMISSION_MISSING', { detail, members: { missing: [permission] } }), organization: oid };
}

/** Whether the actor sees only keys it made. */
export function isSegmented(power: Power | undefined): boolean {
  return power?.flairs.includes('segment') === true && !power.flairs.includes('root');
}

/** Whether the actor acts with all of an owner's power: by a credential that is neither narrowed nor segmented. */
export function isWholeOwner(power: Power | undefined): boolean {
  return power?.owner === true && !power.narrowed && !isSegmented(power);
}

/**
 * Refuses an actor that may not manage the users of an organization.
 *
 * A segmented one sees only what it made, and never made a user: for it there is none.
 */
export function requireUserControl(
  context: AdministrationContext,
  standing: Standing,
  oid: string,
): Outcome<Power | undefined> {
  const held = requireHeld(context, standing, oid, 'user.ctrl');
  if (!held.allowed || !isSegmented(held.value)) return held;
  return deny('ERR_NOT_FOUND', { detail: 'not found', reason: 'segmented' });
}
