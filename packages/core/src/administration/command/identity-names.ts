import { apiUserName } from '../../store/api-user-name.js';
import type { UserRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';

/** Kinds of identities that act in the name of a user. The `scope` of such an identity is the user's uid. */
const KINDS_OF_USERS: readonly string[] = ['user', 'user-key'];

/**
 * Returns the display names of identities, by id. Leaves out identities whose names the organization must not see:
 * identities of other organizations, and identities of users who have not accepted this organization.
 */
export async function readIdentityNames(
  tx: ReadTransaction,
  oid: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  if (ids.length === 0) return names;
  const identities = await tx.findIn('identity', 'id', ids);
  const uids = identities.filter(({ kind }) => KINDS_OF_USERS.includes(kind)).map(({ scope }) => scope);
  const known = await readUserNames(tx, oid, uids);
  for (const { id, kind, scope, name } of identities) {
    const user = KINDS_OF_USERS.includes(kind) ? known.get(scope)?.name : undefined;
    if (scope === oid) names.set(id, name);
    else if (user !== undefined) names.set(id, kind === 'user' ? user : `${name}@${user}`);
  }
  return names;
}

interface NamedUser {
  readonly user: UserRow;
  readonly name: string;
}

/**
 * Returns users and their display names, by uid. Leaves out all users except the organization's own API users and the
 * users who have accepted the organization.
 */
export async function readUserNames(
  tx: ReadTransaction,
  oid: string,
  uids: readonly string[],
): Promise<ReadonlyMap<string, NamedUser>> {
  const names = new Map<string, NamedUser>();
  if (uids.length === 0) return names;
  for (const user of await tx.findIn('user', 'uid', [...new Set(uids)])) {
    const isShown = user.oid === oid || (await tx.get('consent', { uid: user.uid, oid })) !== undefined;
    if (isShown) names.set(user.uid, { user, name: user.type === 'api' ? apiUserName(user) : user.email });
  }
  return names;
}
