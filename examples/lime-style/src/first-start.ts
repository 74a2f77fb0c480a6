import { OptionError, type Outcome } from '@flairgate/core';
import {
  type Actor,
  type AdministrationContext,
  addGroupMember,
  addGroupOrganization,
  createApiUser,
  createGroup,
  createOrganization,
  putPolicy,
  replaceApiUserKey,
} from '@flairgate/core/administration';

/** Name of the database: the part of the path that names it, and the organization. */
export const DATABASE = 'my_app';

const actor: Actor = { kind: 'operator', name: 'first start' };
const all = ['read', 'write', 'add', 'delete'] as const;

/** The organization, and the key of the API user on the first start. */
export interface Prepared {
  readonly oid: string;
  readonly key?: string;
}

/** Finds the database, or creates it with a group, a policy and an API user. */
export async function prepare(context: AdministrationContext): Promise<Prepared> {
  const [known] = await context.store.read((tx) => tx.find('organization', { name: DATABASE }, { limit: 1 }));
  if (known !== undefined) return { oid: known.oid };
  const { oid } = given(await createOrganization(context, actor, { name: DATABASE, ownerEmail: 'admin@lime.example' }));
  const gid = given(await createGroup(context, actor, { name: 'sales' })).gid;
  given(await addGroupOrganization(context, actor, { gid, oid }));
  const grants = { [gid]: { company: all, person: all } };
  given(await putPolicy(context, actor, { oid, name: 'tbl_sales', grants }));
  const { uid } = given(await createApiUser(context, actor, { oid, name: 'invoice-robot' }));
  given(await addGroupMember(context, actor, { gid, email: uid }));
  return { oid, key: given(await replaceApiUserKey(context, actor, { oid, uid })).text };
}

function given<T>(outcome: Outcome<T>): T {
  if (outcome.allowed) return outcome.value;
  throw new OptionError(`the first start could not create what it needs: ${outcome.detail}`);
}
