import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { OrganizationRow } from '../../store/rows.js';
import { EVERYWHERE } from '../../visibility/guard/id-namespace.js';
import { audit } from '../audit/audit.js';
import type { Actor } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import { type AdministrationContext, command, commandBy } from '../command/context.js';
import { forgetMade } from '../command/made.js';
import { denyOwner } from '../escalation/check-gain.js';
import { checkHeld, isWholeOwner } from '../escalation/check-held.js';
import { removeSlice, SLICE } from './remove-slice.js';

/**
 * Deletes an organization and its keys, API users, memberships, policies, group connections, and the ownership of its
 * resources. The organization's audit is kept.
 *
 * Only an owner with `org.del`, or the operator, may do this.
 *
 * An organization with many rows is removed in several transactions, its keys first, so that writes of other callers do
 * not wait for it. If one of them fails, what was removed stays removed: repeat the command.
 *
 * @example
 * const outcome = await deleteOrganization(context, actor, { oid });
 */
export async function deleteOrganization(
  context: AdministrationContext,
  actor: Actor,
  { oid }: { readonly oid: string },
): Promise<Outcome<{ readonly oid: string }>> {
  const begun = await commandBy(context, actor, async (tx, actorState) => {
    const found = await findDeletable(tx, context, actorState, oid);
    if (!found.allowed) return found;
    const { name } = found.value;
    await audit(tx, context, actorState, { oid, action: 'org.delete', target: oid, details: { name } });
    return allow(await removeRows(tx, oid));
  });
  // The actor was allowed to delete the whole organization, and may have lost its own rights by the first transaction.
  let removed = begun;
  for (let slices = 1; removed.allowed && removed.value === 'some'; slices += 1) {
    if (slices === MAX_SLICES)
      return deny('ERR_LIMIT', { detail: 'not everything is deleted yet; repeat the request' });
    removed = await command(context, async (tx) => allow(await removeRows(tx, oid)), actor);
  }
  if (!removed.allowed) return removed;
  // The organization is gone. An ownership row that an error leaves keeps its resource hidden.
  await removeOwnership(context, oid).catch(() => undefined);
  return allow({ oid });
}

/** Maximum number of transactions of one command. */
const MAX_SLICES = 2000;

async function findDeletable(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  oid: string,
): Promise<Outcome<OrganizationRow>> {
  const held = checkHeld(context, actorState, oid, 'org.del');
  if (!held.allowed) return held;
  if (!actorState.operator && !isWholeOwner(held.value)) return denyOwner();
  const organization = await tx.get('organization', { oid });
  return organization === undefined ? deny('ERR_NOT_FOUND', { detail: 'no such organization' }) : allow(organization);
}

/**
 * Removes rows of an organization. Returns `some` if more rows may be left. Otherwise also removes the organization
 * itself and its owners, and returns `all`.
 */
async function removeRows(tx: SecurityTransaction, oid: string): Promise<'some' | 'all'> {
  tx.touch('org', oid);
  if (await removeSlice(tx, oid)) return 'some';
  for (const { uid } of await tx.find('consent', { oid })) tx.touch('membership', `${uid}:${oid}`);
  await forgetMade(tx, { kind: 'organization', id: oid });
  await tx.remove('made', { uid: oid });
  for (const table of ['membership', 'consent', 'federation', 'tokenRevocation'] as const)
    await tx.remove(table, { oid });
  await tx.remove('organization', { oid });
  return 'all';
}

/** Removes the ownership of a deleted organization, without the lock of all security writes. */
async function removeOwnership({ store }: AdministrationContext, oid: string): Promise<void> {
  const types = await store.read(async (tx) => [
    ...(await tx.find('ownershipType', { oid })),
    ...(await tx.find('ownershipType', { oid: EVERYWHERE })),
  ]);
  for (const space of types) {
    const where = { oid: space.oid, type: space.type, organization: oid };
    const removeSome = () =>
      store.write(async (tx) => {
        const rows = await tx.find('ownership', where, { limit: SLICE, anyOrder: true });
        const ids = rows.map(({ id }) => id);
        return tx.removeIn('ownership', 'id', ids, where);
      });
    while ((await removeSome()) === SLICE);
  }
  await store.write(async (tx) => {
    await tx.remove('intent', { organization: oid });
    await tx.remove('ownershipType', { oid });
  });
}
