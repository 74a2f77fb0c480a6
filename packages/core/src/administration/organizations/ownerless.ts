import type { OrganizationRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { OWNER_DELETED } from '../users/roles.js';

const ORGANIZATIONS_AT_ONCE = 500;

/**
 * Returns the organizations that no longer have an active owner, because their owners were deactivated or deleted. The
 * operator can add an owner with the command `flairgate user join --role owner`.
 *
 * Organizations that the operator created and that never had a user are not included.
 *
 * @example
 * const ownerless = await store.read(findOwnerless);
 */
export async function findOwnerless(tx: ReadTransaction): Promise<readonly OrganizationRow[]> {
  const ownerless: OrganizationRow[] = [];
  let after = {};
  for (;;) {
    const page = await tx.find('organization', {}, { ...after, limit: ORGANIZATIONS_AT_ONCE });
    for (const organization of page) if (await isLeft(tx, organization)) ownerless.push(organization);
    const last = page.at(-1);
    if (last === undefined || page.length < ORGANIZATIONS_AT_ONCE) return ownerless;
    after = { after: { oid: last.oid } };
  }
}

async function isLeft(tx: ReadTransaction, { oid, createdBy }: OrganizationRow): Promise<boolean> {
  for (const { uid } of await tx.find('membership', { oid, role: 'owner', accepted: true })) {
    if ((await tx.get('user', { uid }))?.active === true) return false;
  }
  if (createdBy !== null || (await tx.find('membership', { oid }, { limit: 1 })).length > 0) return true;
  return (await tx.find('audit', { oid, action: OWNER_DELETED }, { limit: 1 })).length > 0;
}
