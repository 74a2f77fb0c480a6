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
import { offerPlaces } from '../consent/offer-places.js';
import { removeStaleOffers } from '../consent/stale-offers.js';
import { checkGains, checkGrants } from '../escalation/check-gain.js';
import { readAncestors, readDescendants, readPlacesOf } from '../escalation/group-graph.js';
import { MAX_SINGLE_USERS, readReach, readWidestReach, touchUsersOf } from '../escalation/group-reach.js';
import { auditGroup, bumpGroup } from './change-group.js';
import { denyNoGroup, findGroup, findOwnGroup } from './find-group.js';
import { checkNestingRoom, checkReach } from './group-limits.js';

export interface NestGroupInput extends Conditional {
  /** The outer group, whose version is compared. */
  readonly gid: string;
  /** The group inside it. Its members count as members of the outer group. */
  readonly child: string;
}

/**
 * Nests a group in another. The actor must own both groups, and hold `user.ctrl` and everything the outer one gives.
 *
 * Refuses with `ERR_GROUP_CYCLE` if a group would contain itself; of two conflicting writes at the same time, the
 * second one is refused. Refuses with `ERR_LIMIT` if more than 16 levels would be nested.
 *
 * @example
 * const outcome = await nestGroup(context, actor, { gid, child });
 */
export async function nestGroup(
  context: AdministrationContext,
  actor: Actor,
  { gid, child, version }: NestGroupInput,
): Promise<Outcome<NestGroupInput>> {
  return commandBy(context, actor, async (tx, standing) => {
    const outer = await findOwnGroup(tx, standing, gid, version);
    if (!outer.allowed) return outer;
    const inner = await findOwnGroup(tx, standing, child);
    if (!inner.allowed) return inner;
    const fits = await checkGroupShape(tx, context, standing, { gid, child });
    if (!fits.allowed) return fits;
    const places = await readPlacesOf(tx, [child]);
    const uids = new Set(places.map(({ uid }) => uid));
    const single = uids.size <= MAX_SINGLE_USERS;
    const reach = await readReach(tx, gid);
    const widest = single ? reach : await readWidestReach(tx, gid, uids);
    if (widest === undefined) return denyLimit('groupReach', limitsOf(context).groupReach);
    const checked = checkGrants(context, standing, widest);
    if (!checked.allowed) return checked;
    const affected = single ? uids : [];
    return checkGains(tx, context, standing, {
      uids: affected,
      write: async () => {
        const offered = await offerPlaces(tx, context, standing, { places, oids: [...reach.keys()] });
        return offered.allowed ? insert(tx, context, standing, { outer: outer.value, child }) : offered;
      },
    });
  });
}

async function insert(
  tx: SecurityTransaction,
  context: AdministrationContext,
  standing: ActorState,
  { outer, child }: { readonly outer: GroupRow; readonly child: string },
): Promise<Outcome<NestGroupInput>> {
  const { gid } = outer;
  if ((await tx.get('groupChild', { gid, child })) !== undefined) return allow({ gid, child });
  await tx.insert('groupChild', { gid, child });
  await bumpGroup(tx, outer);
  const reach = await checkReach(tx, context, standing, { gid, direction: 'up' }, { gid: child, direction: 'down' });
  if (!reach.allowed) return reach;
  await touchUsersOf(tx, child);
  await auditGroup(tx, context, standing, { gid, action: 'group.nest', details: { child } });
  return allow({ gid, child });
}

/**
 * Removes a group from another. Takes effect immediately. The actor must own one of them.
 *
 * @example
 * const outcome = await unnestGroup(context, actor, { gid, child });
 */
export async function unnestGroup(
  context: AdministrationContext,
  actor: Actor,
  { gid, child, version }: NestGroupInput,
): Promise<Outcome<NestGroupInput>> {
  return commandBy(urgently(context), actor, async (tx, standing) => {
    const inner = await findGroup(tx, standing, child);
    const owner = inner.allowed && inner.value.owned ? inner : await findOwnGroup(tx, standing, gid);
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
    await auditGroup(tx, context, standing, { gid, action: 'group.unnest', details: { child } });
    return allow({ gid, child });
  });
}

async function checkGroupShape(
  tx: SecurityTransaction,
  context: AdministrationContext,
  standing: ActorState,
  { gid, child }: NestGroupInput,
): Promise<Outcome<undefined>> {
  if ((await tx.get('groupChild', { gid, child })) !== undefined) return allow(undefined);
  const { groupDepth, groupsConnected } = limitsOf(context);
  const atMost = standing.operator ? undefined : groupsConnected;
  const below = await readDescendants(tx, child, atMost);
  if (below.groups.has(gid)) return deny('ERR_GROUP_CYCLE');
  const above = await readAncestors(tx, gid, atMost);
  if (!below.whole || !above.whole) return denyLimit('groupsConnected', groupsConnected);
  // Even the operator cannot exceed the depth that is ever followed.
  const deepest = standing.operator ? limits.groupDepth : groupDepth;
  if (above.depth + below.depth > deepest) return denyLimit('groupDepth', deepest);
  return checkNestingRoom(tx, context, standing, { gid, above, below });
}
