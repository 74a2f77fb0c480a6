import {
  allow,
  type Catalogue,
  decidePermissions,
  deny,
  type OrganizationView,
  type Outcome,
  type Principal,
} from '@flairgate/core';
import { type HiveAction, hivesOf } from './hives.js';

/** The caller, and the hive and organization that it requests. */
export interface HiveCall {
  readonly caller: Principal | undefined;
  readonly params: { readonly hive: string; readonly oid: string };
}

/** The caller in the organization, if it may do this with records of the hive. Reads no record. */
export type Enter = (call: HiveCall, action: HiveAction) => Outcome<OrganizationView>;

const NO_BITS: readonly number[] = [];

/** Makes `Enter`. An unknown hive is missing; another organization is answered as a missing permission. */
export function createEnter(catalogue: Catalogue): Enter {
  const hives = hivesOf(catalogue);
  return ({ caller, params: { hive, oid } }, action) => {
    const needs = hives.get(hive);
    if (needs === undefined) return deny('ERR_NOT_FOUND', { detail: 'no such hive' });
    const view = caller?.in(oid);
    const judgement = decidePermissions(needs[action], view?.bits ?? NO_BITS);
    if (judgement.allowed && view !== undefined) return allow(view);
    const missing = judgement.allowed ? needs[action].names : judgement.missing;
    return deny('ERR_PERMISSION_MISSING', {
      detail: `missing permission: ${missing.join(', ')}`,
      members: { missing },
    });
  };
}
