import {
  allow,
  type Catalogue,
  decidePermissions,
  deny,
  type OrganizationView,
  type Outcome,
  type Principal,
  type Requirement,
} from '@flairgate/core';
import { denyMissing } from '../deny-missing.js';
import { type HiveAction, hivesOf } from './hives.js';

/** The caller, and the hive of an organization that the call is about. */
export interface HiveCall {
  readonly caller: Principal | undefined;
  readonly params: { readonly hive: string; readonly oid: string };
}

/** Returns the caller in the organization, if it may do this with records of the hive. Reads no record. */
export type AuthorizeHive = (call: HiveCall, action: HiveAction) => Outcome<OrganizationView>;

/** Returns whether there is a hive of this name. */
export type FindHive = (hive: string) => Outcome<undefined>;

/** Start of the detail of a refusal because of the hive, not of a record in it. */
export const NO_HIVE = 'no such hive';

/** Hives of LimaCharlie's that are left out on purpose, with the reason. */
const LEFT_OUT: ReadonlyMap<string, string> = new Map([
  ['acl', 'lists of access would be stored and not enforced; use the flairs of keys'],
]);

const NO_BITS: readonly number[] = [];

/** Counts the use of permissions, as `countUse` of a gate does. */
export type CountUse = (caller: Principal, oid: string, requirement: Requirement) => void;

/** Creates the check of callers. An unknown hive is missing; another organization is answered as a missing permission. */
export function createAuthorizeHive(catalogue: Catalogue, countUse: CountUse): AuthorizeHive {
  const hives = hivesOf(catalogue);
  return ({ caller, params: { hive, oid } }, action) => {
    const needs = hives.get(hive);
    if (needs === undefined) return denyNoHive(hive);
    const view = caller?.in(oid);
    const decision = decidePermissions(needs[action], view?.bits ?? NO_BITS);
    if (decision.allowed && view !== undefined && caller !== undefined) {
      countUse(caller, oid, needs[action]);
      return allow(view);
    }
    const missing = decision.allowed ? needs[action].names : decision.missing;
    return denyMissing(missing, view !== undefined);
  };
}

/** Creates the look-up of hives by name. */
export function createFindHive(catalogue: Catalogue): FindHive {
  const hives = hivesOf(catalogue);
  return (hive) => (hives.has(hive) ? allow(undefined) : denyNoHive(hive));
}

function denyNoHive(hive: string): Outcome<never> {
  const reason = LEFT_OUT.get(hive);
  return deny('ERR_NOT_FOUND', { detail: reason === undefined ? NO_HIVE : `${NO_HIVE}: ${reason}` });
}
