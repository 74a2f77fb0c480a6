import type { SecurityTransaction } from '../../revision/security-write.js';
import type { IdentityKind, TableName, Tables } from '../../store/rows.js';
import { removeKeyRows } from '../users/end-keys.js';

/** Maximum number of rows of one table that one transaction removes. */
export const SLICE = 500;

/**
 * Query options for reading the rows of a slice in any order. To read them in a fixed order, the store would sort all
 * rows of the organization for each slice, which takes too long for large organizations.
 */
const SOME = { limit: SLICE, anyOrder: true };

/**
 * Removes rows that belong to an organization, at most {@link SLICE} rows of each table. Returns true if more rows may
 * be left.
 *
 * Keeps the organization and its owners, because an owner may have to repeat the removal. Keeps the ownership of
 * resources too, because the organization may still have callers from whom ownership hides resources.
 */
export async function removeSlice(tx: SecurityTransaction, oid: string): Promise<boolean> {
  for (const remove of STEPS) if (await remove(tx, oid)) return true;
  return false;
}

type Step = (tx: SecurityTransaction, oid: string) => Promise<boolean>;

/**
 * Steps of the removal. Credentials are removed first. Each step returns true if it found {@link SLICE} rows, because
 * more rows may then be left.
 */
const STEPS: readonly Step[] = [
  removeKeys,
  removeApiUsers,
  removeIdentities,
  removeMembers,
  (tx, oid) => removeBy(tx, 'offer', 'uid', oid),
  (tx, oid) => removeBy(tx, 'decline', 'uid', oid),
  (tx, oid) => removeBy(tx, 'policy', 'name', oid),
  (tx, oid) => removeBy(tx, 'groupOrganization', 'gid', oid),
];

async function removeKeys(tx: SecurityTransaction, oid: string): Promise<boolean> {
  const keys = await tx.find('key', { oid }, SOME);
  await removeKeyRows(tx, keys);
  return keys.length === SLICE;
}

async function removeApiUsers(tx: SecurityTransaction, oid: string): Promise<boolean> {
  const uids = (await tx.find('user', { oid }, SOME)).map(({ uid }) => uid);
  if (uids.length === 0) return false;
  const keys = await tx.findIn('key', 'uid', uids, SLICE);
  await removeKeyRows(tx, keys);
  if (keys.length === SLICE) return true;
  const members = await tx.findIn('groupMember', 'uid', uids, SLICE);
  for (const [gid, some] of byGroup(members)) await tx.removeIn('groupMember', 'uid', some, { gid });
  for (const uid of uids) tx.touch('user', uid);
  if (members.length === SLICE) return true;
  for (const table of ['groupOwner', 'membership', 'consent', 'offer', 'decline', 'made'] as const) {
    await tx.removeIn(table, 'uid', uids);
  }
  await tx.removeIn('made', 'id', uids, { kind: 'user' });
  await tx.removeIn('user', 'uid', uids);
  return uids.length === SLICE;
}

function byGroup(members: readonly Tables['groupMember'][]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const { gid, uid } of members) groups.set(gid, [...(groups.get(gid) ?? []), uid]);
  return groups;
}

const IDENTITY_KINDS: Readonly<Record<IdentityKind, true>> = {
  key: true,
  'user-key': true,
  user: true,
  ingestion: true,
  service: true,
  federation: true,
  subject: true,
};

/**
 * Removes the identities whose names are unique within the organization `scope`. Uses one query for each kind of
 * identity, because the index of identities begins with the kind.
 */
async function removeIdentities(tx: SecurityTransaction, scope: string): Promise<boolean> {
  for (const kind of Object.keys(IDENTITY_KINDS).filter(isIdentityKind)) {
    const identities = await tx.find('identity', { kind, scope }, SOME);
    await tx.removeIn(
      'identity',
      'id',
      identities.map(({ id }) => id),
    );
    if (identities.length === SLICE) return true;
  }
  return false;
}

const isIdentityKind = (kind: string): kind is IdentityKind => Object.hasOwn(IDENTITY_KINDS, kind);

async function removeMembers(tx: SecurityTransaction, oid: string): Promise<boolean> {
  const owners = new Set((await tx.find('membership', { oid, role: 'owner' }, { limit: SLICE })).map(({ uid }) => uid));
  for (const table of ['membership', 'consent'] as const) {
    const rows = await tx.find(table, { oid }, SOME);
    const uids = rows.map(({ uid }) => uid).filter((uid) => !owners.has(uid));
    for (const uid of uids) tx.touch('membership', `${uid}:${oid}`);
    await tx.removeIn(table, 'uid', uids, { oid });
    if (rows.length === SLICE && uids.length > 0) return true;
  }
  return false;
}

async function removeBy<T extends TableName>(
  tx: SecurityTransaction,
  table: T,
  column: keyof Tables[T] & string,
  oid: string,
): Promise<boolean> {
  const where = { oid } as unknown as Partial<Tables[T]>;
  const rows = await tx.find(table, where, SOME);
  await tx.removeIn(
    table,
    column,
    rows.map((row) => String(row[column])),
    where,
  );
  return rows.length === SLICE;
}
