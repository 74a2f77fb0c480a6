import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { Explanation, ResourceAction } from '../../denial/explanation.js';
import type { OrganizationCaller } from '../../principal/organization-caller.js';
import { apiUserName } from '../../store/api-user-name.js';
import { timeOrderedId } from '../../store/ids.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { decide, type Verdict } from '../../visibility/decide.js';
import { explainVerdict } from '../../visibility/explain.js';
import { decideGuarded } from '../../visibility/guard/decide-guarded.js';
import { spaceOf } from '../../visibility/guard/id-namespace.js';
import { readOwnershipSnapshot } from '../../visibility/guard/ownership-reader.js';
import type { Ownership } from '../../visibility/ownership.js';
import { type Actor, readActorState } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';
import { hasAccepted } from '../consent/consent.js';
import { checkHeld, isSegmented } from '../escalation/check-held.js';
import { type ExplainedCaller, type ExplainedReference, readExplainedCaller } from './explained-caller.js';

/** Finds the ownership of a resource in the service's own table. Resolves to undefined if there is no such resource. */
export type FindOwnership = (oid: string, type: string, id: string) => Promise<Ownership | undefined>;

/** The resource to explain: a stored resource, or a hypothetical one with the given ownership. */
export type ExplainedResourceInput =
  | { readonly type: string; readonly id: string; readonly find?: FindOwnership | undefined }
  | { readonly ownership: Ownership };

export interface ExplainAccessInput {
  readonly oid: string;
  readonly subject: ExplainedReference;
  readonly resource: ExplainedResourceInput;
}

/**
 * Decision on one action on the resource. The `rule` is `ended` if the key is not valid, so every request is refused.
 */
export interface ExplainedDecision extends Pick<Explanation, 'action' | 'allowed' | 'because' | 'changes' | 'holder'> {
  readonly rule: Explanation['rule'] | 'ended';
}

/** Explanation of what a key may do with one resource, and why. */
export interface AccessExplanation {
  readonly caller: ExplainedCaller;
  readonly resource: { readonly type: string; readonly id: string; readonly ownership: Ownership };
  readonly decisions: readonly ExplainedDecision[];
  /** Display names of the identities in the ownership, as far as this organization may know them. */
  readonly names: ReadonlyMap<string, string>;
}

const ACTIONS: readonly ResourceAction[] = ['know', 'read', 'update', 'delete'];

/** Used in the explanation as the type and the id of a hypothetical resource. */
const GIVEN = 'given';

/**
 * Explains what a key may do with a resource, and why. Reads the store, never a cache. The request is recorded in the
 * audit.
 *
 * Requires `audit.get`. A segmented actor (`segment` flair) may ask only about itself and keys it created, and only
 * about resources it created. Others are reported as not found.
 *
 * @example
 * const subject = { keyId };
 * const outcome = await explainAccess(context, actor, { oid, subject, resource: { type: 'rule', id: 'r1' } });
 * if (outcome.allowed) for (const { action, because } of outcome.value.decisions) console.log(action, because);
 */
export async function explainAccess(
  context: AdministrationContext,
  actor: Actor,
  { oid, subject, resource }: ExplainAccessInput,
): Promise<Outcome<AccessExplanation>> {
  const elsewhere = 'find' in resource ? await resource.find?.(oid, resource.type, resource.id) : undefined;
  const read = await context.store.read(async (tx) => {
    const actorState = await readActorState(tx, context.catalogue, actor, context.now());
    if (!actorState.allowed) return actorState;
    const held = checkHeld(context, actorState.value, oid, 'audit.get');
    if (!held.allowed) return held;
    const segmented = isSegmented(held.value);
    const found = await readExplainedCaller(tx, actorState.value, subject, { oid, now: context.now() });
    if (found === undefined) return denyNoSubject();
    const { caller, key } = found;
    const isOwn = key !== undefined && key.keyId === actorState.value.keyId;
    if (segmented && !isOwn && key?.createdBy !== actorState.value.identity) return denyNoSubject();
    const stored = await readResource(tx, oid, resource, elsewhere);
    if (stored === undefined) return denyNoResource();
    if (segmented && !isKnown(stored, actorState.value, oid)) return denyNoResource();
    const names = await namesOf(tx, oid, stored.ownership);
    const decisions = ACTIONS.map((action) => explainDecision(caller, stored, action));
    return allow({ actorState: actorState.value, explanation: { caller, resource: stored, decisions, names } });
  });
  if (!read.allowed) return read;
  const { actorState, explanation } = read.value;
  await auditExplanation(context, actorState, oid, explanation);
  const { type, id, ownership } = explanation.resource;
  return allow({ ...explanation, resource: { type, id, ownership } });
}

function denyNoSubject() {
  return deny('ERR_NOT_FOUND', { detail: 'no such key or user in the organization' });
}

function denyNoResource() {
  return deny('ERR_NOT_FOUND', { detail: 'no such resource' });
}

interface StoredResource {
  readonly type: string;
  readonly id: string;
  readonly ownership: Ownership;
  decide(caller: OrganizationCaller, action: ResourceAction): Verdict;
}

async function readResource(
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
    const { createdBy, lockedBy, secretTo } = row;
    return {
      type,
      id,
      ownership: { createdBy, lockedBy, secretTo },
      decide: (caller, action) => decideGuarded({ caller, snapshot, id }, action),
    };
  }
  return elsewhere && plainResource(type, id, elsewhere);
}

function plainResource(type: string, id: string, ownership: Ownership): StoredResource {
  return { type, id, ownership, decide: (caller, action) => decide(caller, ownership, action) };
}

function isKnown(resource: StoredResource, { identity = '' }: ActorState, oid: string): boolean {
  const caller = { oid, identity, secretId: '', segment: true, lock: false, secret: false, root: false };
  return resource.decide(caller, 'know').allowed;
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

/** Returns the names of the identities that belong to this organization or to a user who has accepted it. */
async function namesOf(
  tx: ReadTransaction,
  oid: string,
  { createdBy, lockedBy }: Ownership,
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const id of new Set([createdBy, lockedBy])) {
    const name = id === null ? undefined : await nameOf(tx, oid, id);
    if (id !== null && name !== undefined) names.set(id, name);
  }
  return names;
}

async function nameOf(tx: ReadTransaction, oid: string, id: string): Promise<string | undefined> {
  const identity = await tx.get('identity', { id });
  if (identity === undefined) return undefined;
  if (identity.scope === oid) return identity.name;
  if (identity.kind !== 'user' && identity.kind !== 'user-key') return undefined;
  const user = await tx.get('user', { uid: identity.scope });
  if (user === undefined || !(user.oid === oid || (await hasAccepted(tx, user.uid, oid)))) return undefined;
  const name = user.type === 'api' ? apiUserName(user) : user.email;
  return identity.kind === 'user' ? name : `${identity.name}@${name}`;
}

/** Writes the audit entry. Does not take the revision lock, because an explanation changes no rights. */
async function auditExplanation(
  { store, now, random }: AdministrationContext,
  { identity, name, address, reason }: ActorState,
  oid: string,
  { caller, resource: { type, id } }: Pick<AccessExplanation, 'caller' | 'resource'>,
): Promise<void> {
  const at = now();
  const details = { type, id, ...(reason === undefined ? {} : { reason }) };
  await store.write((tx) =>
    tx.insert('audit', {
      id: timeOrderedId(at, 0, random),
      at,
      oid,
      actor: identity ?? null,
      actorName: name,
      action: 'access.explain',
      target: caller.keyId ?? caller.uid ?? '',
      address: address ?? null,
      outcome: 'done',
      details,
    }),
  );
}
