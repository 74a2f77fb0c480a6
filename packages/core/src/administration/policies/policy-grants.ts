import { limits } from '../../bounds.js';
import { allow, type Outcome } from '../../denial/denial.js';
import { denyIssues, type Issue } from '../../denial/issue.js';
import type { Catalogue } from '../../permission/catalogue.js';
import { grantKind } from '../../permission/grammar.js';
import { validateGrants } from '../../permission/grants.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import { isUuid } from '../../store/ids.js';
import type { ObjectAction, PolicyRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import type { ActorState } from '../command/actor-state.js';
import { hasAccepted } from '../consent/consent.js';
import { readDescendants, readPlacesOf } from '../escalation/group-graph.js';
import { MAX_SINGLE_USERS } from '../escalation/group-reach.js';

export type PolicyGrants = PolicyRow['grants'];

/**
 * Parses a policy's grants. For each group id, the grants list actions on object types, such as `read` on `rule`. Each
 * type and action must form a permission of the catalogue, such as `rule.read`.
 */
export function parsePolicyGrants(given: PolicyGrants, catalogue: Catalogue): Outcome<PolicyGrants> {
  const issues: Issue[] = [];
  const names: string[] = [];
  const parsed: Record<string, Record<string, readonly ObjectAction[]>> = Object.create(null);
  for (const [gid, types] of Object.entries(given)) {
    if (!isUuid(gid)) issues.push({ field: 'grants', message: 'must name groups by their id' });
    const kept: Record<string, readonly ObjectAction[]> = Object.create(null);
    for (const [type, actions] of Object.entries(types)) {
      kept[type] = [...new Set(actions)].sort();
      names.push(...actions.map((action) => `${type}.${action}`));
    }
    parsed[gid] = kept;
  }
  if (names.length > limits.grants)
    return denyIssues([{ field: 'grants', message: `must have at most ${limits.grants} entries` }]);
  // A type with a star would be parsed as a permission family, but policies can grant only single permissions.
  const odd = names.some((name) => grantKind(name) !== 'permission');
  if (odd) issues.push({ field: 'grants', message: 'a type must consist of lower case letters, digits, _ and dots' });
  else issues.push(...validateGrants(names, catalogue, 'grants'));
  return issues.length > 0 ? denyIssues(issues) : allow(parsed);
}

/** Returns the permissions that `after` grants to a group and `before` does not grant to the same group. */
export function addedGrants(before: PolicyGrants, after: PolicyGrants): readonly string[] {
  const added = new Set<string>();
  for (const [gid, types] of Object.entries(after)) {
    for (const [type, actions] of Object.entries(types)) {
      const held = actionsOf(before, gid, type);
      for (const action of actions) if (!held.includes(action)) added.add(`${type}.${action}`);
    }
  }
  return [...added];
}

function actionsOf(grants: PolicyGrants, gid: string, type: string): readonly ObjectAction[] {
  const types = Object.hasOwn(grants, gid) ? grants[gid] : undefined;
  return types !== undefined && Object.hasOwn(types, type) ? (types[type] ?? []) : [];
}

/**
 * True if a policy of the organization may grant permissions to the group. The operator may name any existing group.
 * For all other actors, the group must be attached to the organization, or the actor or a user of the organization must
 * be an owner or member of the group. Other groups are treated as missing.
 */
export async function isGroupFor(
  tx: ReadTransaction,
  actorState: ActorState,
  oid: string,
  gid: string,
): Promise<boolean> {
  if ((await tx.get('group', { gid })) === undefined) return false;
  if (actorState.operator || (await tx.get('groupOrganization', { gid, oid })) !== undefined) return true;
  const uids = await readPeopleOf(tx, gid);
  if (actorState.uid !== undefined && uids.has(actorState.uid)) return true;
  if ((await tx.findIn('user', 'uid', [...uids])).some((user) => user.oid === oid)) return true;
  for (const uid of uids) if (await hasAccepted(tx, uid, oid)) return true;
  return false;
}

/**
 * Returns the uids of the owners and members of the group, and of the owners and members of all groups nested in the
 * group.
 */
async function readPeopleOf(tx: ReadTransaction, gid: string): Promise<ReadonlySet<string>> {
  const groups = [...(await readDescendants(tx, gid)).groups];
  const owners = await tx.findIn('groupOwner', 'gid', groups);
  const members = await tx.findIn('groupMember', 'gid', groups);
  return new Set([...owners, ...members].map(({ uid }) => uid));
}

/**
 * Records a change of rights in the organization for every member of these groups who has accepted the organization.
 * Marks the group memberships of these users as accepted.
 */
export async function touchPolicyUsers(tx: SecurityTransaction, oid: string, gids: Iterable<string>): Promise<void> {
  const places = await readPlacesOf(tx, gids);
  const single = places.length <= MAX_SINGLE_USERS;
  if (!single) tx.touch('org', oid);
  for (const { gid, uid, accepted } of places) {
    if (accepted && !single) continue;
    if (!(await hasAccepted(tx, uid, oid))) continue;
    if (!accepted) await tx.update('groupMember', { gid, uid }, { accepted: true });
    if (single) tx.touch('membership', `${uid}:${oid}`);
  }
}
