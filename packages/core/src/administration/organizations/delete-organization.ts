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
 * Deletes an organization and its keys, API users, memberships, policies and group connections. Also deletes the
 * ownership of the organization's resources. The organization's audit is kept.
 *
 * Only an owner with `org.del`, or the operator, may do this.
 *
 * An organization with many rows is removed in several transactions, so that writes of other callers do not wait for
 * the whole removal. The organization's keys are removed first. If one of the transactions fails, the rows removed
 * before stay removed. Repeat the command to remove the remaining rows.
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
  // The actor's rights are not checked again. The first transaction has checked that the actor may delete the whole
  // organization, and may then have removed the actor's own rights.
  let removed = begun;
  for (let slices = 1; removed.allowed && removed.value === 'some'; slices += 1) {
    if (slices === MAX_SLICES)
      return deny('ERR_LIMIT', { detail: 'not everything is deleted yet; repeat the request' });
    removed = await command(context, async (tx) => allow(await removeRows(tx, oid)), actor);
  }
  if (!removed.allowed) return removed;
  // The organization is already deleted, so errors are ignored. If an ownership row is left because of an error, the
  // resource of that row stays hidden.
  await removeOwnership(context, oid).catch(() => undefined);
  return allow({ oid });
}

/** Maximum number of transactions in which one command removes rows. */
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
 * Removes a limited number of an organization's rows. Returns `some` if more rows may be left. If no more rows are
 * left, removes the organization itself and the memberships of its owners, and returns `all`.
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

/**
 * Removes the ownership of a deleted organization's resources. Does not take the lock that all security writes share,
 * so security writes do not wait for this removal.
 */
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
