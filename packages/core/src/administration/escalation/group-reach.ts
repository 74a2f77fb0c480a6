import type { SecurityTransaction } from '../../revision/security-write.js';
import type { GroupMemberRow, PolicyRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { readAncestors, readDescendants, readNearGroups } from './group-graph.js';

/** Most affected users that are checked one by one. */
export const MAX_SINGLE_USERS = 1000;

/** Permissions that groups give, by organization. */
export type Reach = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Reads what a member of the group gets: the permissions of the group and of every group that contains it, in the
 * organizations attached to these groups, and what policies there give them.
 *
 * What a policy of another organization gives depends on the member; `checkGains` covers that.
 */
export async function readReach(tx: ReadTransaction, gid: string): Promise<Reach> {
  const { groups } = await readAncestors(tx, gid);
  const reach = new Map<string, Set<string>>();
  const permissions = new Map<string, readonly string[]>();
  for (const row of await tx.findIn('group', 'gid', [...groups])) permissions.set(row.gid, row.permissions);
  for (const row of await tx.findIn('groupOrganization', 'gid', [...groups])) {
    addAll(reach, row.oid, permissions.get(row.gid) ?? []);
  }
  for (const policy of await tx.findPolicies([...reach.keys()], [...groups])) {
    addAll(reach, policy.oid, policyGrants(policy, groups));
  }
  return reach;
}

/** Most organizations accepted by the users of a group, added up, that one command reads. */
const MAX_READ_CONSENTS = 20_000;

/** Most policies that one command reads to find what its users could be given. */
const MAX_READ_POLICIES = 10_000;

/**
 * Reads the most that membership in the group could give any of these users. Used when checking each user would take
 * too long. Reads policies only of organizations that the groups are attached to or the users have accepted, so other
 * tenants cannot make it more expensive.
 *
 * Undefined if the users have accepted too many organizations to read, or these have too many policies.
 */
export async function readWidestReach(
  tx: ReadTransaction,
  gid: string,
  uids: Iterable<string>,
): Promise<Reach | undefined> {
  const consents = await tx.findIn('consent', 'uid', [...uids], MAX_READ_CONSENTS + 1);
  if (consents.length > MAX_READ_CONSENTS) return undefined;
  const { groups } = await readAncestors(tx, gid);
  const reach = new Map<string, Set<string>>();
  for (const [oid, grants] of await readReach(tx, gid)) addAll(reach, oid, grants);
  const attached = [...reach.keys()];
  // A user who joins an organization gets all its policies, also through other groups.
  const policies = await tx.findIn('policy', 'oid', attached, MAX_READ_POLICIES + 1);
  if (policies.length > MAX_READ_POLICIES) return undefined;
  for (const policy of policies) addAll(reach, policy.oid, policyGrants(policy));
  const elsewhere = new Set(consents.map(({ oid }) => oid));
  for (const oid of attached) elsewhere.delete(oid);
  for (const policy of await tx.findPolicies([...elsewhere], [...groups])) {
    addAll(reach, policy.oid, policyGrants(policy, groups));
  }
  return reach;
}

/**
 * Reads the permissions that policies of an organization give to a user who joins it, because of the user's groups.
 *
 * Starts from the user's groups, which a table of the policies' groups leads to. If others put the user into many
 * groups, starts from the policies, so that this does not become more expensive.
 */
export async function readPolicyGrants(tx: ReadTransaction, uid: string, oid: string): Promise<readonly string[]> {
  const near = await readNearGroups(tx, { uid });
  if (near === undefined) return readPolicyGrantsOfMany(tx, uid, oid);
  const { groups } = near.walk;
  const policies = await tx.findPolicies([oid], [...groups]);
  return [...new Set(policies.flatMap((policy) => policyGrants(policy, groups)))];
}

async function readPolicyGrantsOfMany(tx: ReadTransaction, uid: string, oid: string): Promise<readonly string[]> {
  const policies = await tx.find('policy', { oid });
  const within = new Set<string>();
  for (const gid of new Set(policies.flatMap(({ grants }) => Object.keys(grants)))) {
    if (await isWithin(tx, gid, uid)) within.add(gid);
  }
  return [...new Set(policies.flatMap((policy) => policyGrants(policy, within)))];
}

async function isWithin(tx: ReadTransaction, gid: string, uid: string): Promise<boolean> {
  for (const group of (await readDescendants(tx, gid)).groups) {
    if ((await tx.get('groupMember', { gid: group, uid })) !== undefined) return true;
  }
  return false;
}

/** Returns the permissions a policy gives to these groups, or to all groups. */
export function policyGrants({ grants }: Pick<PolicyRow, 'grants'>, groups?: ReadonlySet<string>): readonly string[] {
  return Object.entries(grants)
    .filter(([gid]) => groups === undefined || groups.has(gid))
    .flatMap(([, types]) => Object.entries(types))
    .flatMap(([type, actions]) => actions.map((action) => `${type}.${action}`));
}

/** Most memberships, and most accepted organizations of their users, of which a change touches the scopes one by one. */
const MAX_TOUCHED_PLACES = 10_000;
const MAX_TOUCHED_CONSENTS = 50_000;

/**
 * Marks the rights of all users in the group as changed, in each organization they have accepted. A user to whom the
 * group gives nothing there is not touched. Memberships that give something from now on are marked as accepted.
 *
 * If more is stored than the limits allow, touches the organizations in which the group gives something instead: every
 * user counts as changed there at once, and few rows are written.
 */
export async function touchUsersOf(tx: SecurityTransaction, gid: string): Promise<void> {
  const { groups } = await readDescendants(tx, gid);
  const places = await tx.findIn('groupMember', 'gid', [...groups], MAX_TOUCHED_PLACES + 1);
  if (places.length <= MAX_TOUCHED_PLACES) await touchPlaces(tx, gid, places);
  else await touchOrganizationsOf(tx, gid);
}

/** Like `touchUsersOf`, for some of the memberships in the group or in groups inside it. */
export async function touchPlaces(
  tx: SecurityTransaction,
  gid: string,
  places: readonly GroupMemberRow[],
): Promise<void> {
  const uids = new Set(places.map(({ uid }) => uid));
  const consents = await tx.findIn('consent', 'uid', [...uids], MAX_TOUCHED_CONSENTS + 1);
  if (consents.length > MAX_TOUCHED_CONSENTS) return touchOrganizationsOf(tx, gid);
  const giving = await readGivingOrganizations(tx, gid, new Set(consents.map(({ oid }) => oid)));
  const affected = new Set<string>();
  for (const { uid, oid } of consents) {
    if (!giving.has(oid)) continue;
    affected.add(uid);
    tx.touch('membership', `${uid}:${oid}`);
  }
  for (const { gid: place, uid, accepted } of places) {
    if (!accepted && affected.has(uid)) await tx.update('groupMember', { gid: place, uid }, { accepted: true });
  }
}

async function touchOrganizationsOf(tx: SecurityTransaction, gid: string): Promise<void> {
  for (const oid of await readGivingOrganizations(tx, gid, 'all')) tx.touch('org', oid);
}

/** Reads in which of these organizations the group gives its members something: by itself or by a policy. */
async function readGivingOrganizations(
  tx: ReadTransaction,
  gid: string,
  among: ReadonlySet<string> | 'all',
): Promise<ReadonlySet<string>> {
  if (among !== 'all' && among.size === 0) return among;
  const groups = [...(await readAncestors(tx, gid)).groups];
  const attached = (await tx.findIn('groupOrganization', 'gid', groups)).map(({ oid }) => oid);
  const giving = new Set(attached);
  const others = among === 'all' ? among : [...among].filter((oid) => !giving.has(oid));
  for (const oid of await tx.findPolicyOrganizations(others, groups)) giving.add(oid);
  return giving;
}

function addAll(reach: Map<string, Set<string>>, oid: string, grants: Iterable<string>): void {
  const held = reach.get(oid) ?? new Set();
  for (const grant of grants) held.add(grant);
  reach.set(oid, held);
}
