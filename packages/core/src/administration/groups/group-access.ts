import { allow, type Outcome } from '../../denial/denial.js';
import { walkGroups } from '../../principal/group-walk.js';
import type { GroupRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { type Actor, readActorState } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';
import { checkUserControl } from '../escalation/check-held.js';
import { readPlaceNames } from './place-names.js';

/** A group that grants access to an organization. */
export interface AccessGroup {
  readonly gid: string;
  readonly name: string;
  /** Permissions that the group grants. Permission families such as `dr.*` are expanded. */
  readonly permissions: readonly string[];
  /** E-mail addresses of the owners. An owner whose address the actor may not see is listed by uid. */
  readonly owners: readonly string[];
}

/** A user who has access to an organization through groups. */
export interface GroupUser {
  readonly uid: string;
  readonly email: string;
  /**
   * Ids of groups that give the user access: groups attached to the organization, to which the user belongs directly or
   * through nested groups.
   */
  readonly groups: readonly string[];
  /** True if the user is also a member of the organization. */
  readonly direct: boolean;
}

/** Groups attached to an organization, and the users who have access to the organization through these groups. */
export interface GroupAccess {
  readonly groups: readonly AccessGroup[];
  /**
   * Active users who have access through the groups, sorted by uid. Users who have not accepted the organization are
   * omitted.
   */
  readonly users: readonly GroupUser[];
  /** False if the lists are incomplete because there are too many groups or users to read at once. */
  readonly whole: boolean;
}

/** Maximum numbers of groups, of users, and of group memberships (places) that one call reads. */
const MAX_GROUPS = 1000;
const MAX_USERS = 10_000;
const MAX_PLACES = 20_000;

/**
 * Lists the groups attached to an organization, and the users who have access through these groups. Requires
 * `user.ctrl` in the organization.
 *
 * @example
 * const outcome = await listGroupAccess(context, actor, { oid });
 */
export async function listGroupAccess(
  context: AdministrationContext,
  actor: Actor,
  { oid }: { readonly oid: string },
): Promise<Outcome<GroupAccess>> {
  return context.store.read(async (tx) => {
    const actorState = await readActorState(tx, context.catalogue, actor, context.now());
    if (!actorState.allowed) return actorState;
    const held = checkUserControl(context, actorState.value, oid);
    if (!held.allowed) return held;
    const attached = await tx.find('groupOrganization', { oid }, { limit: MAX_GROUPS + 1 });
    const gids = attached.slice(0, MAX_GROUPS).map(({ gid }) => gid);
    const rows = await tx.findIn('group', 'gid', gids);
    const places = await readPlaces(tx, gids);
    const users = await readUsers(tx, oid, places.groupsOf);
    return allow({
      groups: await describeGroups(tx, context, actorState.value, rows),
      users: users.found,
      whole: attached.length <= MAX_GROUPS && places.whole && users.whole,
    });
  });
}

async function describeGroups(
  tx: ReadTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  rows: readonly GroupRow[],
): Promise<readonly AccessGroup[]> {
  const gids = rows.map(({ gid }) => gid);
  const owned = await tx.findIn('groupOwner', 'gid', gids);
  const names = await readPlaceNames(tx, context, actorState, owned);
  const owners = new Map<string, string[]>(gids.map((gid) => [gid, []]));
  for (const [place, { gid }] of owned.entries()) owners.get(gid)?.push(names[place] ?? '');
  return rows.map(({ gid, name, permissions }) => ({
    gid,
    name,
    permissions: context.catalogue.expand(permissions),
    owners: (owners.get(gid) ?? []).sort(),
  }));
}

interface GroupPlaces {
  readonly groupsOf: ReadonlyMap<string, readonly string[]>;
  readonly whole: boolean;
}

/** Returns, for each user, the groups in `gids` that the user belongs to, directly or through nested groups. */
async function readPlaces(tx: ReadTransaction, gids: readonly string[]): Promise<GroupPlaces> {
  const groupsOf = new Map<string, string[]>();
  let left = MAX_PLACES;
  for (const gid of gids) {
    const { groups } = await walkGroups(tx, [gid], 'down', MAX_GROUPS);
    const places = left > 0 ? await tx.findIn('groupMember', 'gid', [...groups], left + 1) : [];
    for (const uid of new Set(places.map((place) => place.uid))) {
      const known = groupsOf.get(uid);
      if (known === undefined) groupsOf.set(uid, [gid]);
      else known.push(gid);
    }
    left -= places.length;
  }
  return { groupsOf, whole: left >= 0 };
}

async function readUsers(
  tx: ReadTransaction,
  oid: string,
  groupsOf: GroupPlaces['groupsOf'],
): Promise<{ readonly found: readonly GroupUser[]; readonly whole: boolean }> {
  const accepted = await tx.find('consent', { oid }, { limit: MAX_USERS + 1 });
  const members = await tx.find('membership', { oid, accepted: true }, { limit: MAX_USERS });
  const direct = new Set(members.map(({ uid }) => uid));
  const uids = accepted.map(({ uid }) => uid).filter((uid) => groupsOf.has(uid));
  const rows = (await tx.findIn('user', 'uid', uids)).filter(({ active }) => active);
  const found = rows.map(({ uid, email }) => ({
    uid,
    email,
    groups: groupsOf.get(uid) ?? [],
    direct: direct.has(uid),
  }));
  return { found: found.sort((a, b) => (a.uid < b.uid ? -1 : 1)), whole: accepted.length <= MAX_USERS };
}
