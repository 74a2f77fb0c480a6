import type { Explanation, ResourceAction } from '../../denial/explanation.js';
import type { OrganizationCaller } from '../../principal/organization-caller.js';
import type { OwnershipRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { decide, type Verdict } from '../../visibility/decide.js';
import { explainVerdict } from '../../visibility/explain.js';
import { decideGuarded } from '../../visibility/guard/decide-guarded.js';
import { spaceOf } from '../../visibility/guard/id-namespace.js';
import { type OwnershipSnapshot, readOwnershipSnapshot } from '../../visibility/guard/ownership-reader.js';
import type { Ownership } from '../../visibility/ownership.js';
import type { ActorState } from '../command/actor-state.js';
import type { ExplainedCaller } from './explained-caller.js';

/** Finds the ownership of a resource in the service's own table. Resolves to undefined if there is no such resource. */
export type FindOwnership = (oid: string, type: string, id: string) => Promise<Ownership | undefined>;

/** The resource to explain: a stored resource, or a hypothetical one with the given ownership. */
export type ExplainedResourceInput =
  | { readonly type: string; readonly id: string; readonly find?: FindOwnership | undefined }
  | { readonly ownership: Ownership };

/**
 * Decision on one action on the resource. If the key is not valid, every action is refused, and the `rule` is `ended`.
 */
export interface ExplainedDecision extends Pick<Explanation, 'action' | 'allowed' | 'because' | 'changes' | 'holder'> {
  readonly rule: Explanation['rule'] | 'ended';
}

/** A resource, and the function that decides what a caller may do with it. */
export interface StoredResource {
  readonly type: string;
  readonly id: string;
  readonly ownership: Ownership;
  decide(caller: OrganizationCaller, action: ResourceAction): Verdict;
}

const ACTIONS: readonly ResourceAction[] = ['know', 'read', 'update', 'delete'];

/** Used in the explanation as the type and the id of a hypothetical resource. */
const GIVEN = 'given';

/**
 * Reads the resource to explain. `elsewhere` is the ownership in the service's own table, which is used if no guard
 * stores an ownership of the resource. Returns undefined if there is no such resource.
 */
export async function readResource(
  tx: ReadTransaction,
  oid: string,
  resource: ExplainedResourceInput,
  elsewhere: Ownership | undefined,
): Promise<StoredResource | undefined> {
  if ('ownership' in resource) return plainResource(GIVEN, GIVEN, resource.ownership);
  const { type, id } = resource;
  for (const tenancy of ['routed', 'shared'] as const) {
    const snapshot = await readOwnershipSnapshot(tx, spaceOf(type, tenancy, oid), id);
    const row = snapshot.owned.get(id);
    if (row?.organization !== oid) continue;
    return guardedResource(row, snapshot);
  }
  return elsewhere && plainResource(type, id, elsewhere);
}

/** Returns a resource whose ownership is stored by a guard. The snapshot must contain the resource's ownership row. */
export function guardedResource(
  { type, id, createdBy, lockedBy, secretTo }: OwnershipRow,
  snapshot: OwnershipSnapshot,
): StoredResource {
  return {
    type,
    id,
    ownership: { createdBy, lockedBy, secretTo },
    decide: (caller, action) => decideGuarded({ caller, snapshot, id }, action),
  };
}

/** Returns a resource whose ownership is in the service's own table, or a hypothetical resource. */
export function plainResource(type: string, id: string, ownership: Ownership): StoredResource {
  return { type, id, ownership, decide: (caller, action) => decide(caller, ownership, action) };
}

/** True if a segmented actor may know of the resource. This is the case if the actor created the resource. */
export function isKnown(resource: StoredResource, { identity = '' }: ActorState, oid: string): boolean {
  const caller = { oid, identity, secretId: '', segment: true, lock: false, secret: false, root: false };
  return resource.decide(caller, 'know').allowed;
}

/** Explains for each action whether the caller may perform the action on the resource, and why. */
export function explainActions(caller: ExplainedCaller, resource: StoredResource): readonly ExplainedDecision[] {
  return ACTIONS.map((action) => explainDecision(caller, resource, action));
}

function explainDecision(
  { state, organizationCaller }: ExplainedCaller,
  resource: StoredResource,
  action: ResourceAction,
): ExplainedDecision {
  if (state !== 'active') return { action, allowed: false, rule: 'ended', ...ENDED[state] };
  const { type, id } = resource;
  const asked = { type, id, identity: organizationCaller.identity, action };
  const verdict = resource.decide(organizationCaller, action);
  const { allowed, rule, because, changes, holder } = explainVerdict(asked, verdict, 'here');
  return { action, allowed, rule, because, changes, ...(holder === undefined ? {} : { holder }) };
}

const ENDED: Readonly<Record<Exclude<ExplainedCaller['state'], 'active'>, Pick<Explanation, 'because' | 'changes'>>> = {
  revoked: { because: 'the key is revoked', changes: ['a new key with the same name'] },
  disabled: { because: 'the key is disabled', changes: ['the key being enabled'] },
  expired: { because: 'the key has expired', changes: ['a new key with the same name'] },
  orphaned: { because: 'nothing is left of the identity of the key', changes: ['a new key with the same name'] },
  deactivated: { because: 'the user is deactivated', changes: ['the user being activated'] },
  suspended: { because: 'every key is suspended since a restore', changes: ['the restore being confirmed'] },
  'without-key': { because: 'the user has no API-user key', changes: ['a key for the user'] },
};
