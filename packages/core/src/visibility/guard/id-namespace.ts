import { OptionError } from '../../denial/errors.js';
import type { OrganizationCaller } from '../../principal/organization-caller.js';
import type { OwnershipRow } from '../../store/rows.js';
import type { Ownership } from '../ownership.js';
import { TYPE_NAME } from '../plain-name.js';

/**
 * The scope in which the ids of a guarded router are unique.
 *
 * `routed`: the router separates organizations itself, so an id identifies a resource within one organization.
 * `shared`: an id identifies one resource across all organizations. A resource without ownership is treated as missing
 * until an organization adopts all such resources as its own.
 */
export type IdScope = 'routed' | 'shared';

/** The namespace in which the ids of one resource type are unique. */
export interface IdNamespace {
  /** Id of the organization within which ids are unique, or `*` if ids are unique across all organizations. */
  readonly oid: string;
  readonly type: string;
  readonly tenancy: IdScope;
}

/**
 * Value of `oid` in a namespace whose ids are unique across all organizations. It takes the place of an organization
 * id.
 */
export const EVERYWHERE = '*';

/** Returns the id namespace for an organization's resources of one type. */
export function spaceOf(type: string, tenancy: IdScope, oid: string): IdNamespace {
  return { oid: tenancy === 'shared' ? EVERYWHERE : oid, type, tenancy };
}

/** Parses the name of a resource type. @throws OptionError for a malformed name */
export function parseTypeName(option: string, given: unknown): string {
  if (typeof given === 'string' && TYPE_NAME.test(given)) return given;
  throw new OptionError(`${option}: must be a word for the resources, such as \`rule\``);
}

/**
 * Returns a string that identifies the namespace. Two namespaces never have the same string, because the name of a type
 * contains no space.
 */
export function spaceKey({ oid, type }: IdNamespace): string {
  return `${type} ${oid}`;
}

/** Returns the ownership of a resource that a caller creates. */
export function ownershipOfMaker(caller: OrganizationCaller): Ownership {
  return {
    createdBy: caller.identity,
    lockedBy: caller.lock ? caller.identity : null,
    secretTo: caller.secret ? caller.secretId : null,
  };
}

/** Returns only the ownership fields of a row. */
export function ownershipIn({ createdBy, lockedBy, secretTo }: Ownership | OwnershipRow): Ownership {
  return { createdBy, lockedBy, secretTo };
}

/**
 * True if the caller's `segment` flair restricts it to resources that it created. The `root` flair lifts the
 * restriction.
 */
export function isSegmentedCaller(caller: OrganizationCaller): boolean {
  return caller.segment && !caller.root;
}
