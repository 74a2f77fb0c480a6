import type { SecurityTransaction } from '../../revision/security-write.js';
import type { GroupMemberRow, PolicyRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { readAncestors, readDescendants, readNearGroups } from './group-graph.js';

/** Maximum number of affected users for which a change is checked user by user. */
export const MAX_SINGLE_USERS = 1000;

/** Permissions that groups grant, by organization. */
export type Reach = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Returns the permissions that a member of the group gets in the organizations to which the group, or a group that
 * contains it, is attached. They are the permissions of these groups, and the permissions that the policies of these
 * organizations grant to these groups.
 *
 * Does not include the policies of other organizations, because these take effect only if the member has accepted the
 * organization. `checkGains` checks the rights that these policies grant.
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

/** Maximum number of consents (users' acceptances of organizations) that one command reads. */
const MAX_READ_CONSENTS = 20_000;

/** Maximum number of policies that one command reads to find the permissions that users could get. */
const MAX_READ_POLICIES = 10_000;

/**
 * Returns all permissions that any of these users could get by becoming a member of the group. The result may contain
 * more permissions than the users would really get. Used if there are too many users to check each one.
 *
 * Reads only the policies of organizations that are attached to the groups or that the users have accepted, so that no
 * other organization can slow this function down. Returns undefined if there are too many consents (users' acceptances
 * of organizations) or too many policies.
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
  // When a user joins an attached organization, the policies of this organization for the user's other groups take
  // effect too.
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
 * Returns the permissions that a user would get from an organization's policies by joining the organization. The
 * policies grant these permissions to the user's groups.
 *
 * Starts from the user's groups and finds the policies by an index. The user may be in too many groups, because other
 * users can add a user to groups. In this case, starts from the organization's policies instead, so that the cost stays
 * limited.
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

/**
 * Returns the permissions that a policy grants to the given groups. If `groups` is undefined, returns the permissions
 * that the policy grants to any group.
 */
export function policyGrants({ grants }: Pick<PolicyRow, 'grants'>, groups?: ReadonlySet<string>): readonly string[] {
  return Object.entries(grants)
    .filter(([gid]) => groups === undefined || groups.has(gid))
    .flatMap(([, types]) => Object.entries(types))
    .flatMap(([type, actions]) => actions.map((action) => `${type}.${action}`));
}

/**
 * Maximum number of group memberships (`MAX_TOUCHED_PLACES`) and of consents (`MAX_TOUCHED_CONSENTS`) up to which a
 * change is recorded for each affected user separately.
 */
const MAX_TOUCHED_PLACES = 10_000;
const MAX_TOUCHED_CONSENTS = 50_000;

/**
 * Records that the rights of the group's users have changed. The change is recorded for each user in every organization
 * that the user has accepted and in which the group grants something. The memberships of these users in the group, and
 * in the groups nested in it, are marked as accepted.
 *
 * If there are too many users, records the change for whole organizations instead. Such a record affects every user of
 * the organization, but needs only few rows.
 */
export async function touchUsersOf(tx: SecurityTransaction, gid: string): Promise<void> {
  const { groups } = await readDescendants(tx, gid);
  const places = await tx.findIn('groupMember', 'gid', [...groups], MAX_TOUCHED_PLACES + 1);
  if (places.length <= MAX_TOUCHED_PLACES) await touchPlaces(tx, gid, places);
  else await touchOrganizationsOf(tx, gid);
}

/**
 * Does the same as `touchUsersOf`, but only for the given memberships. Each of them must be a membership in the group
 * or in a group nested in it.
 */
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

/**
 * Returns the organizations in which the group grants its members something. Returns every organization to which the
 * group, or a group that contains it, is attached. In addition, returns the organizations in `among` that have a policy
 * for these groups.
 */
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
