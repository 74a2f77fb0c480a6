import { OptionError } from '../../denial/errors.js';
import type { OrganizationCaller } from '../../principal/organization-caller.js';
import type { OwnershipRow } from '../../store/rows.js';
import type { Ownership } from '../ownership.js';

/**
 * Whose ids a guarded router knows.
 *
 * `routed`: the router keeps organizations apart by itself, so an id means something within one of them only.
 * `shared`: one id, one resource, over all organizations; what nobody owns counts as missing until it is adopted.
 */
export type IdScope = 'routed' | 'shared';

/** The ids of one type of resource, as far as they are unique. */
export interface IdNamespace {
  /** An organization, or `*` over all of them. */
  readonly oid: string;
  readonly type: string;
  readonly tenancy: IdScope;
}

/** Stands for all organizations where ids are unique over all of them. */
export const EVERYWHERE = '*';

const TYPE_NAME = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;

/** The space in which an organization's resources of a type have their ids. */
export function spaceOf(type: string, tenancy: IdScope, oid: string): IdNamespace {
  return { oid: tenancy === 'shared' ? EVERYWHERE : oid, type, tenancy };
}

/** Checks the name of a type of resource. @throws OptionError */
export function parseTypeName(option: string, given: unknown): string {
  if (typeof given === 'string' && TYPE_NAME.test(given)) return given;
  throw new OptionError(`${option}: write a word for the resources, such as \`rule\``);
}

/** Text that is no other space's. */
export function spaceKey({ oid, type }: IdNamespace): string {
  return JSON.stringify([oid, type]);
}

/** The ownership of what `party` makes. */
export function ownershipOfMaker(party: OrganizationCaller): Ownership {
  return {
    createdBy: party.identity,
    lockedBy: party.lock ? party.identity : null,
    secretTo: party.secret ? party.secretId : null,
  };
}

/** Only the ownership of a row. */
export function ownershipIn({ createdBy, lockedBy, secretTo }: Ownership | OwnershipRow): Ownership {
  return { createdBy, lockedBy, secretTo };
}

/** Whether `segment` narrows what the party may know. */
export function isSegmentedCaller(party: OrganizationCaller): boolean {
  return party.segment && !party.root;
}
