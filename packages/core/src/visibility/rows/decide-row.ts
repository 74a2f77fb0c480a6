import type { OrganizationCaller } from '../../principal/organization-caller.js';
import { organizationIn, ownershipOf } from '../columns.js';
import { decide, HIDDEN, type ResourceAction, type Verdict } from '../decide.js';
import type { ResourceShape } from '../shape.js';
import { plainRow } from './plain-row.js';

/** Decides what a caller may do with an existing row. A row of an organization other than the caller's is hidden. */
export function decideRow(
  shape: ResourceShape,
  caller: OrganizationCaller,
  row: object,
  action: ResourceAction,
): Verdict {
  const plain = plainRow(row);
  const ownership = ownershipOf(plain, shape.columns);
  return isElsewhere(shape, caller, plain) ? HIDDEN : decide(caller, ownership, action);
}

/** True if the row belongs to an organization other than the caller's. */
export function isElsewhere({ tenancy, columns }: ResourceShape, caller: OrganizationCaller, row: object): boolean {
  return tenancy === 'column' && organizationIn(row, columns) !== caller.oid;
}
