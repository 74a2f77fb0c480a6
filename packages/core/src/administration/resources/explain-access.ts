import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { ReadTransaction } from '../../store/transaction.js';
import type { Ownership } from '../../visibility/ownership.js';
import { type Actor, readActorState } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';
import { readIdentityNames } from '../command/identity-names.js';
import { checkHeld, isSegmented } from '../escalation/check-held.js';
import { auditExplanation } from './audit-explanation.js';
import { type ExplainedCaller, type ExplainedReference, readExplainedCaller } from './explained-caller.js';
import {
  type ExplainedDecision,
  type ExplainedResourceInput,
  explainActions,
  isKnown,
  readResource,
} from './explained-resource.js';

export interface ExplainAccessInput {
  readonly oid: string;
  readonly subject: ExplainedReference;
  readonly resource: ExplainedResourceInput;
}

/** Explanation of what a key may do with one resource, and why. */
export interface AccessExplanation {
  readonly caller: ExplainedCaller;
  readonly resource: { readonly type: string; readonly id: string; readonly ownership: Ownership };
  readonly decisions: readonly ExplainedDecision[];
  /**
   * Display names of the identities that created or locked the stored resource, by identity id. Names that the
   * organization may not know are omitted.
   */
  readonly names: ReadonlyMap<string, string>;
}

/**
 * Explains what a key may do with a resource, and why. Reads the store, never a cache. The request is recorded in the
 * audit.
 *
 * Requires `audit.get`. A segmented actor (`segment` flair) may ask only about itself and keys it created, and only
 * about resources it created. All other keys and resources are reported as not found.
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
    const asked = await readSubjectAsked(tx, context, actor, { oid, subject });
    if (!asked.allowed) return asked;
    const { actorState, caller, segmented } = asked.value;
    const stored = await readResource(tx, oid, resource, elsewhere);
    if (stored === undefined) return denyNoResource();
    if (segmented && !isKnown(stored, actorState, oid)) return denyNoResource();
    // If the actor supplied the ownership, its identities are not named. Otherwise, the actor could look up the name of
    // any identity.
    const holders = 'ownership' in resource ? [] : holdersOf([stored.ownership]);
    const names = await readIdentityNames(tx, oid, holders);
    const decisions = explainActions(caller, stored);
    return allow({ actorState, explanation: { caller, resource: stored, decisions, names } });
  });
  if (!read.allowed) return read;
  const { actorState, explanation } = read.value;
  const { type, id, ownership } = explanation.resource;
  await auditExplanation(context, actorState, { oid, caller: explanation.caller, details: { type, id } });
  return allow({ ...explanation, resource: { type, id, ownership } });
}

/** The caller whose access is explained, and the actor who asks for the explanation. */
interface ExplanationQuery {
  readonly actorState: ActorState;
  readonly caller: ExplainedCaller;
  /** True if the actor sees only what it created (`segment` flair). */
  readonly segmented: boolean;
}

/** Reads the caller whose access is to be explained, and checks that the actor may ask about that caller. */
export async function readSubjectAsked(
  tx: ReadTransaction,
  context: AdministrationContext,
  actor: Actor,
  { oid, subject }: Pick<ExplainAccessInput, 'oid' | 'subject'>,
): Promise<Outcome<ExplanationQuery>> {
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
  const ident = (await seesName(tx, context, actorState.value, { oid, caller })) ? caller.ident : (caller.uid ?? '');
  return allow({ actorState: actorState.value, caller: { ...caller, ident }, segmented });
}

/**
 * True if the actor may see the name of the explained caller. If the name contains a user's e-mail address, only that
 * user and actors that may see members (`user.ctrl`) may see the name.
 */
async function seesName(
  tx: ReadTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { oid, caller: { uid } }: { readonly oid: string; readonly caller: ExplainedCaller },
): Promise<boolean> {
  if (uid === null || uid === actorState.uid || (await tx.get('user', { uid }))?.oid === oid) return true;
  const members = checkHeld(context, actorState, oid, 'user.ctrl');
  return members.allowed && !isSegmented(members.value);
}

/** Returns the ids of the identities that created or locked the resources with these ownerships. */
export function holdersOf(ownerships: readonly Ownership[]): readonly string[] {
  return [...new Set(ownerships.flatMap(({ createdBy, lockedBy }) => [createdBy ?? [], lockedBy ?? []].flat()))];
}

function denyNoSubject() {
  return deny('ERR_NOT_FOUND', { detail: 'no such key or user in the organization' });
}

function denyNoResource() {
  return deny('ERR_NOT_FOUND', { detail: 'no such resource' });
}
