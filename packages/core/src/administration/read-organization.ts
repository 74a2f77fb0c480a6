import { allow, type Outcome } from '../answer/denial.js';
import { deny } from '../answer/denial-table.js';
import type { OrganizationRow } from '../store/rows.js';
import { type Actor, readStanding } from './actor.js';
import type { AdministrationContext } from './context.js';
import { requireHeld } from './require.js';

/** Reads an organization. Needs `org.get`. */
export async function readOrganization(
  context: AdministrationContext,
  actor: Actor,
  { oid }: { readonly oid: string },
): Promise<Outcome<OrganizationRow>> {
  return context.store.read(async (tx) => {
    const standing = await readStanding(tx, context.catalogue, actor, context.now());
    if (!standing.allowed) return standing;
    const held = requireHeld(context, standing.value, oid, 'org.get');
    if (!held.allowed) return held;
    const organization = await tx.get('organization', { oid });
    return organization === undefined ? deny('ERR_NOT_FOUND', { detail: 'no such organization' }) : allow(organization);
  });
}
