import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { OrganizationRow } from '../../store/rows.js';
import { type Actor, readActorState } from '../command/actor.js';
import type { AdministrationContext } from '../command/context.js';
import { findPage, type Paged, type PageInput } from '../command/cursor.js';
import { checkHeld } from '../escalation/check-held.js';

/**
 * Returns an organization. Requires `org.get`.
 *
 * @example
 * const outcome = await readOrganization(context, actor, { oid });
 */
export async function readOrganization(
  context: AdministrationContext,
  actor: Actor,
  { oid }: { readonly oid: string },
): Promise<Outcome<OrganizationRow>> {
  return context.store.read(async (tx) => {
    const actorState = await readActorState(tx, context.catalogue, actor, context.now());
    if (!actorState.allowed) return actorState;
    const held = checkHeld(context, actorState.value, oid, 'org.get');
    if (!held.allowed) return held;
    const organization = await tx.get('organization', { oid });
    return organization === undefined ? deny('ERR_NOT_FOUND', { detail: 'no such organization' }) : allow(organization);
  });
}

/**
 * Lists all organizations. Only the operator may do this. To list a user's own organizations, use
 * `listUserOrganizations`.
 *
 * @example
 * const outcome = await listOrganizations(context, actor, { limit: 100 });
 */
export async function listOrganizations(
  context: AdministrationContext,
  actor: Actor,
  page: PageInput = {},
): Promise<Outcome<Paged<OrganizationRow>>> {
  if (actor.kind !== 'operator') {
    return deny('ERR_ESCALATION', { members: { dimension: 'organizations', beyond: [] } });
  }
  const scope = { list: 'organizations', reader: '' };
  return context.store.read((tx) =>
    findPage(context.store, tx, page, {
      scope,
      table: 'organization',
      where: {},
      placeOf: ({ oid }) => oid,
      after: (oid) => ({ oid }),
    }),
  );
}
