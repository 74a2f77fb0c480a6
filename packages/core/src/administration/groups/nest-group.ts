import { limits } from '../../bounds.js';
import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { GroupRow } from '../../store/rows.js';
import type { Actor } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import { denyLimit, limitsOf } from '../command/caller-limits.js';
import { type AdministrationContext, commandBy, urgently } from '../command/context.js';
import { type Conditional, checkVersion } from '../command/expected-version.js';
import { auditGroup, bumpGroup } from '../consent/change-group.js';
import { offerPlaces } from '../consent/offer-places.js';
import { removeStaleOffers } from '../consent/stale-offers.js';
import { checkGains, checkGrants } from '../escalation/check-gain.js';
import { readAncestors, readDescendants, readPlacesOf } from '../escalation/group-graph.js';
import { MAX_SINGLE_USERS, readReach, readWidestReach, touchUsersOf } from '../escalation/group-reach.js';
import { denyNoGroup, findGroup, findOwnGroup } from './find-group.js';
import { checkNestingRoom, checkReach } from './group-limits.js';

export interface NestGroupInput extends Conditional {
  /** Id of the outer group. `version` is the expected version of the outer group. */
  readonly gid: string;
  /** Id of the nested group. The members of the nested group count as members of the outer group. */
  readonly child: string;
}

/**
 * Nests a group in another group. The actor must own both groups. In every organization where the outer group grants
 * permissions, the actor must hold `user.ctrl` and the permissions that the outer group grants there.
 *
 * Refuses with `ERR_GROUP_CYCLE` if a group would contain itself. If two concurrent commands would together create a
 * cycle, one of the commands is refused. Refuses with `ERR_LIMIT` if a limit on groups would be exceeded, such as 16
 * nested levels.
 *
 * @example
 * const outcome = await nestGroup(context, actor, { gid, child });
 */
export async function nestGroup(
  context: AdministrationContext,
  actor: Actor,
  { gid, child, version }: NestGroupInput,
): Promise<Outcome<NestGroupInput>> {
  return commandBy(context, actor, async (tx, actorState) => {
    const outer = await findOwnGroup(tx, actorState, gid, version);
    if (!outer.allowed) return outer;
    const inner = await findOwnGroup(tx, actorState, child);
    if (!inner.allowed) return inner;
    const fits = await checkGroupShape(tx, context, actorState, { gid, child });
    if (!fits.allowed) return fits;
    const places = await readPlacesOf(tx, [child]);
    const uids = new Set(places.map(({ uid }) => uid));
    const single = uids.size <= MAX_SINGLE_USERS;
    const reach = await readReach(tx, gid);
    const widest = single ? reach : await readWidestReach(tx, gid, uids);
    if (widest === undefined) return denyLimit('groupReach', limitsOf(context).groupReach);
    const checked = checkGrants(context, actorState, widest);
    if (!checked.allowed) return checked;
    const affected = single ? uids : [];
    return checkGains(tx, context, actorState, {
      uids: affected,
      write: async () => {
        const offered = await offerPlaces(tx, context, actorState, { places, oids: [...reach.keys()] });
        return offered.allowed ? insert(tx, context, actorState, { outer: outer.value, child }) : offered;
      },
    });
  });
}

async function insert(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { outer, child }: { readonly outer: GroupRow; readonly child: string },
): Promise<Outcome<NestGroupInput>> {
  const { gid } = outer;
  if ((await tx.get('groupChild', { gid, child })) !== undefined) return allow({ gid, child });
  await tx.insert('groupChild', { gid, child });
  await bumpGroup(tx, outer);
  const reach = await checkReach(tx, context, actorState, { gid, direction: 'up' }, { gid: child, direction: 'down' });
  if (!reach.allowed) return reach;
  await touchUsersOf(tx, child);
  await auditGroup(tx, context, actorState, { gid, action: 'group.nest', details: { child } });
  return allow({ gid, child });
}

/**
 * Removes a nested group from its outer group. The removal takes effect immediately. The actor must own one of the two
 * groups.
 *
 * @example
 * const outcome = await unnestGroup(context, actor, { gid, child });
 */
export async function unnestGroup(
  context: AdministrationContext,
  actor: Actor,
  { gid, child, version }: NestGroupInput,
): Promise<Outcome<NestGroupInput>> {
  return commandBy(urgently(context), actor, async (tx, actorState) => {
    const inner = await findGroup(tx, actorState, child);
    const owner = inner.allowed && inner.value.owned ? inner : await findOwnGroup(tx, actorState, gid);
    if (!owner.allowed) return owner;
    const outer = await tx.get('group', { gid });
    if (outer === undefined) return denyNoGroup();
    const seen = checkVersion(outer.version, version);
    if (!seen.allowed) return seen;
    await touchUsersOf(tx, child);
    if ((await tx.remove('groupChild', { gid, child })) === 0) {
      return deny('ERR_NOT_FOUND', { detail: 'no such group in the group' });
    }
    await removeStaleOffers(tx, [child]);
    await bumpGroup(tx, outer);
    await auditGroup(tx, context, actorState, { gid, action: 'group.unnest', details: { child } });
    return allow({ gid, child });
  });
}

async function checkGroupShape(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { gid, child }: NestGroupInput,
): Promise<Outcome<undefined>> {
  if ((await tx.get('groupChild', { gid, child })) !== undefined) return allow(undefined);
  const { groupDepth, groupsConnected } = limitsOf(context);
  const atMost = actorState.operator ? undefined : groupsConnected;
  const below = await readDescendants(tx, child, atMost);
  if (below.groups.has(gid)) return deny('ERR_GROUP_CYCLE');
  const above = await readAncestors(tx, gid, atMost);
  if (!below.whole || !above.whole) return denyLimit('groupsConnected', groupsConnected);
  // The operator is exempt from the configured limit, but not from the depth to which nested groups are read.
  const deepest = actorState.operator ? limits.groupDepth : groupDepth;
  if (above.depth + below.depth > deepest) return denyLimit('groupDepth', deepest);
  return checkNestingRoom(tx, context, actorState, { gid, above, below });
}
