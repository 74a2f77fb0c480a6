import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { readGroupsOf } from '../../principal/access.js';
import type { GroupRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import type { ActorState } from '../command/actor-state.js';
import { checkVersion, type ExpectedVersion } from '../command/expected-version.js';
import { requireOwnName } from '../command/own-name.js';

/**
 * A group. `owned` is true if the actor may manage the group: the actor is the operator, or an owner of the group who
 * acts in their own name.
 */
export interface FoundGroup {
  readonly group: GroupRow;
  readonly owned: boolean;
}

const MANAGE = 'manage groups';

/**
 * Checks that the actor is a user or the operator. Other actors are refused, because only users belong to groups. To
 * read groups that they belong to, users need no permission.
 */
export function requireUser({ operator, uid }: ActorState): Outcome<undefined> {
  if (operator || uid !== undefined) return allow(undefined);
  return deny('ERR_USER_REQUIRED', { detail: `only a user can ${MANAGE}` });
}

/**
 * Checks that the actor may manage groups. The actor must be the operator, or a user who acts in their own name (with a
 * credential that has all rights of the user).
 */
export function requireManager(actorState: ActorState): Outcome<string | undefined> {
  return requireOwnName(actorState, MANAGE);
}

/**
 * Finds a group that the actor owns or belongs to, directly or through nested groups. The operator finds any group. To
 * all other actors, the group is reported as not found.
 *
 * A segmented key (`segment` flair) sees only groups it created. An owner whose credential does not have all rights of
 * the owner is treated as a member.
 *
 * `readWithin` returns the groups that the actor belongs to. To find many groups, pass the same function to each call,
 * and let the function cache its result.
 */
export async function findGroup(
  tx: ReadTransaction,
  actorState: ActorState,
  gid: string,
  readWithin: () => Promise<ReadonlySet<string>> = () => readGroupsOf(tx, actorState.uid ?? ''),
): Promise<Outcome<FoundGroup>> {
  const user = requireUser(actorState);
  if (!user.allowed) return user;
  const group = await tx.get('group', { gid });
  if (group === undefined) return denyNoGroup();
  const { operator, uid = '', segmented, identity } = actorState;
  const owns = operator || (await tx.get('groupOwner', { gid, uid })) !== undefined;
  if (!owns && !(await readWithin()).has(gid)) return denyNoGroup();
  const owned = owns && requireManager(actorState).allowed;
  return segmented && group.createdBy !== identity ? denyNoGroup() : allow({ group, owned });
}

/**
 * Finds a group that the actor owns. A member who is not an owner is refused with `ERR_ESCALATION`.
 *
 * If `version` is given, also checks that the group still has that version.
 */
export async function findOwnGroup(
  tx: ReadTransaction,
  actorState: ActorState,
  gid: string,
  version?: ExpectedVersion,
): Promise<Outcome<GroupRow>> {
  const manager = requireManager(actorState);
  if (!manager.allowed) return manager;
  const found = await findGroup(tx, actorState, gid);
  if (!found.allowed) return found;
  const { group, owned } = found.value;
  if (owned) {
    const seen = checkVersion(group.version, version);
    return seen.allowed ? allow(group) : seen;
  }
  return deny('ERR_ESCALATION', {
    detail: 'only an owner of the group can do this',
    members: { dimension: 'owner', beyond: ['owner'] },
  });
}

export function denyNoGroup(): Outcome<never> {
  return deny('ERR_NOT_FOUND', { detail: 'no such group' });
}
