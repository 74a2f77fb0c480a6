import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { PolicyRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { audit } from '../audit/audit.js';
import { type Actor, readActorState } from '../command/actor.js';
import { type AdministrationContext, commandBy, urgently } from '../command/context.js';
import { findPage, type Paged, type PageInput, readList } from '../command/cursor.js';
import { type Conditional, checkVersion } from '../command/expected-version.js';
import { checkUserControl } from '../escalation/check-held.js';
import { touchPolicyUsers } from './policy-grants.js';

export interface PolicyReference {
  readonly oid: string;
  readonly name: string;
}

/**
 * Returns a policy. Requires `user.ctrl`.
 *
 * @example
 * const outcome = await readPolicy(context, actor, { oid, name: 'analysts' });
 */
export async function readPolicy(
  context: AdministrationContext,
  actor: Actor,
  { oid, name }: PolicyReference,
): Promise<Outcome<PolicyRow>> {
  return context.store.read(async (tx) => {
    const actorState = await readActorState(tx, context.catalogue, actor, context.now());
    if (!actorState.allowed) return actorState;
    const held = checkUserControl(context, actorState.value, oid);
    if (!held.allowed) return held;
    const policy = await tx.get('policy', { oid, name });
    const [shown] = policy === undefined ? [] : await withoutGoneGroups(tx, [policy]);
    return shown === undefined ? denyNoPolicy() : allow(shown);
  });
}

/**
 * Lists an organization's policies. Requires `user.ctrl`.
 *
 * @example
 * const outcome = await listPolicies(context, actor, { oid });
 */
export async function listPolicies(
  context: AdministrationContext,
  actor: Actor,
  { oid, ...page }: PageInput & { readonly oid: string },
): Promise<Outcome<Paged<PolicyRow>>> {
  return readList(page, (slice) =>
    context.store.read(async (tx) => {
      const actorState = await readActorState(tx, context.catalogue, actor, context.now());
      if (!actorState.allowed) return actorState;
      const held = checkUserControl(context, actorState.value, oid);
      if (!held.allowed) return held;
      const scope = { list: `policies:${oid}`, reader: actorState.value.identity ?? '' };
      const found = await findPage(context.store, tx, slice, {
        scope,
        table: 'policy',
        where: { oid },
        placeOf: ({ name }) => name,
        after: (name) => ({ oid, name }),
      });
      if (!found.allowed) return found;
      return allow({ ...found.value, entries: await withoutGoneGroups(tx, found.value.entries) });
    }),
  );
}

/** Returns the policies without their grants to deleted groups. */
async function withoutGoneGroups(tx: ReadTransaction, policies: readonly PolicyRow[]): Promise<readonly PolicyRow[]> {
  const gids = new Set(policies.flatMap(({ grants }) => Object.keys(grants)));
  const known = new Set((await tx.findIn('group', 'gid', [...gids])).map(({ gid }) => gid));
  return policies.map((policy) => ({
    ...policy,
    grants: Object.fromEntries(Object.entries(policy.grants).filter(([gid]) => known.has(gid))),
  }));
}

/**
 * Deletes a policy. The permissions that the policy granted are revoked immediately. Requires `user.ctrl`.
 *
 * @example
 * const outcome = await deletePolicy(context, actor, { oid, name: 'analysts' });
 */
export async function deletePolicy(
  context: AdministrationContext,
  actor: Actor,
  { oid, name, version }: PolicyReference & Conditional,
): Promise<Outcome<PolicyReference>> {
  return commandBy(urgently(context), actor, async (tx, actorState) => {
    const held = checkUserControl(context, actorState, oid);
    if (!held.allowed) return held;
    const policy = await tx.get('policy', { oid, name });
    if (policy === undefined) return denyNoPolicy();
    const seen = checkVersion(policy.version, version);
    if (!seen.allowed) return seen;
    await touchPolicyUsers(tx, oid, Object.keys(policy.grants));
    await tx.remove('policy', { oid, name });
    await audit(tx, context, actorState, { oid, action: 'policy.delete', target: name });
    return allow({ oid, name });
  });
}

function denyNoPolicy(): Outcome<never> {
  return deny('ERR_NOT_FOUND', { detail: 'no such policy' });
}
