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
  return deny('ERR_PERMISSION_MISSING', {
    detail: `missing permission: ${permission}`,
    members: { missing: [permission] },
  });
}

/** Whether the actor sees only keys it made. */
export function isSegmented(power: Power | undefined): boolean {
  return power?.flairs.includes('segment') === true && !power.flairs.includes('root');
}
