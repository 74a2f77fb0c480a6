import { allow, type Outcome } from '../../denial/denial.js';
import { readGroupsOf } from '../../principal/access.js';
import type { AuditRow, GroupRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { pageOf } from '../audit/read-audit.js';
import { type Actor, readActorState } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';
import { closePage, openPage, type Paged, type PageInput, readList, showPage } from '../command/cursor.js';
import { type FoundGroup, findGroup, findOwnGroup, requireUser } from './find-group.js';
import { readPlaceNames } from './place-names.js';

/** A group with its owners, members, organizations and nested groups. */
export interface GroupDescription {
  readonly group: GroupRow;
  /** E-mail addresses of the owners. An owner whose address the actor may not see is listed by uid. */
  readonly owners: readonly string[];
  /** E-mail addresses or uids of the members. Undefined if the actor may not manage the group. */
  readonly members: readonly string[] | undefined;
  readonly organizations: readonly { readonly oid: string; readonly name: string }[];
  /** Ids of the groups nested in this group. */
  readonly children: readonly string[];
}

/**
 * Lists the groups that the acting user owns or belongs to, directly or through nested groups. For the operator, lists
 * all groups.
 *
 * @example
 * const outcome = await listGroups(context, actor, { limit: 100 });
 */
export async function listGroups(
  context: AdministrationContext,
  actor: Actor,
  page: PageInput = {},
): Promise<Outcome<Paged<GroupRow>>> {
  return readList(page, (slice) => pageOfGroups(context, actor, slice));
}

async function pageOfGroups(
  context: AdministrationContext,
  actor: Actor,
  page: PageInput,
): Promise<Outcome<Paged<GroupRow>>> {
  const { store } = context;
  return store.read(async (tx) => {
    const actorState = await readActorState(tx, context.catalogue, actor, context.now());
    if (!actorState.allowed) return actorState;
    const user = requireUser(actorState.value);
    if (!user.allowed) return user;
    const scope = { list: 'groups', reader: actorState.value.identity ?? '' };
    const opened = openPage(store, scope, page);
    if (!opened.allowed) return opened;
    const { limit, after = '' } = opened.value;
    const groups = await findVisibleGroups(tx, actorState.value, { after, limit: limit + 1 });
    return allow(closePage(store, scope, { rows: groups, limit }, ({ gid }) => gid));
  });
}

/** Returns the groups that the actor can see, sorted by id: at most `limit` groups with ids after `after`. */
async function findVisibleGroups(
  tx: ReadTransaction,
  { operator, uid = '', segmented, identity }: ActorState,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<readonly GroupRow[]> {
  if (operator) return tx.find('group', {}, { limit, ...(after === '' ? {} : { after: { gid: after } }) });
  const gids = new Set(await readGroupsOf(tx, uid));
  for (const gid of await ownedBy(tx, { uid, segmented, after, limit })) gids.add(gid);
  const later = [...gids].filter((gid) => gid > after).sort();
  // A segmented key sees only groups it created. The creator of a group is known only after the group is read, so all
  // groups are read before the list is cut to `limit`.
  const found = await tx.findIn('group', 'gid', segmented ? later : later.slice(0, limit));
  const groups = found.toSorted((a, b) => (a.gid < b.gid ? -1 : 1));
  return (segmented ? groups.filter(({ createdBy }) => createdBy === identity) : groups).slice(0, limit);
}

/**
 * Returns the ids of groups that a user owns. Reads only one page of these ids, because other users can make the user
 * an owner of any number of groups. For a segmented key (`segment` flair), returns the ids of all groups that the user
 * created. There is a limit on the number of groups that one user creates, so no pages are needed.
 */
async function ownedBy(
  tx: ReadTransaction,
  { uid, segmented, after, limit }: { uid: string; segmented: boolean; after: string; limit: number },
): Promise<readonly string[]> {
  if (segmented) return (await tx.find('made', { uid, kind: 'group' })).map(({ id }) => id);
  const page = { limit, ...(after === '' ? {} : { after: { gid: after } }) };
  return (await tx.find('groupOwner', { uid }, page)).map(({ gid }) => gid);
}

/**
 * Returns one group. Only owners see the group's members.
 *
 * @example
 * const outcome = await readGroup(context, actor, { gid });
 */
export async function readGroup(
  context: AdministrationContext,
  actor: Actor,
  { gid }: { readonly gid: string },
): Promise<Outcome<GroupDescription>> {
  return context.store.read(async (tx) => {
    const actorState = await readActorState(tx, context.catalogue, actor, context.now());
    if (!actorState.allowed) return actorState;
    const found = await findGroup(tx, actorState.value, gid);
    if (!found.allowed) return found;
    return allow(await describeGroup(tx, context, actorState.value, found.value));
  });
}

/** Result of {@link readGroups}. */
export interface ReadGroups {
  readonly groups: readonly GroupDescription[];
  /** Number of ids that this call processed, counted from the start of `gids`. The ids after them need another call. */
  readonly read: number;
}

/**
 * Limits of one call: the number of groups that the call reads, and the number of members after which the call reads no
 * further group.
 */
const MAX_GROUPS = 100;
const MAX_MEMBERS = 10_000;

/**
 * Reads groups in the order of `gids`, until a limit of one call is reached. Omits groups that the actor cannot see.
 * The actor's state and the actor's own groups are read only once, not again for each group.
 *
 * @example
 * const outcome = await readGroups(context, actor, { gids });
 * if (outcome.allowed) console.log(outcome.value.groups, gids.slice(outcome.value.read));
 */
export async function readGroups(
  context: AdministrationContext,
  actor: Actor,
  { gids }: { readonly gids: readonly string[] },
): Promise<Outcome<ReadGroups>> {
  return context.store.read(async (tx) => {
    const actorState = await readActorState(tx, context.catalogue, actor, context.now());
    if (!actorState.allowed) return actorState;
    const user = requireUser(actorState.value);
    if (!user.allowed) return user;
    let within: Promise<ReadonlySet<string>> | undefined;
    const readWithin = () => {
      within ??= readGroupsOf(tx, actorState.value.uid ?? '');
      return within;
    };
    const groups: GroupDescription[] = [];
    let read = 0;
    let members = 0;
    for (const gid of gids.slice(0, MAX_GROUPS)) {
      if (members >= MAX_MEMBERS) break;
      read += 1;
      const found = await findGroup(tx, actorState.value, gid, readWithin);
      if (!found.allowed) continue;
      const group = await describeGroup(tx, context, actorState.value, found.value);
      members += group.members?.length ?? 0;
      groups.push(group);
    }
    return allow({ groups, read });
  });
}

async function describeGroup(
  tx: ReadTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { group, owned }: FoundGroup,
): Promise<GroupDescription> {
  const { gid } = group;
  const organizations = await tx.find('groupOrganization', { gid });
  const namesOf = async (table: 'groupOwner' | 'groupMember') =>
    (await readPlaceNames(tx, context, actorState, await tx.find(table, { gid }))).toSorted();
  return {
    group,
    owners: await namesOf('groupOwner'),
    members: owned ? await namesOf('groupMember') : undefined,
    organizations: await groupOrganizations(tx, organizations),
    children: (await tx.find('groupChild', { gid })).map(({ child }) => child),
  };
}

/**
 * Returns a page of a group's log, newest entry first. Only the group's owners and the operator may read the log. In
 * the log that an owner reads, every other user or key is shown by the id of its identity, not by name.
 *
 * @example
 * const outcome = await readGroupLog(context, actor, { gid, limit: 100 });
 */
export async function readGroupLog(
  context: AdministrationContext,
  actor: Actor,
  { gid, ...page }: PageInput & { readonly gid: string },
): Promise<Outcome<Paged<AuditRow>>> {
  return context.store.read(async (tx) => {
    const actorState = await readActorState(tx, context.catalogue, actor, context.now());
    if (!actorState.allowed) return actorState;
    const group = await findOwnGroup(tx, actorState.value, gid);
    if (!group.allowed) return group;
    const scope = { list: `group:${gid}`, reader: actorState.value.identity ?? '' };
    const rows = await pageOf(context, tx, { scope, wheres: [{ oid: null, target: gid }] }, page);
    return rows.allowed
      ? allow(await showPage(rows.value, async (found) => found.map((row) => withoutNames(actorState.value, row))))
      : rows;
  });
}

/**
 * Removes from a log entry the names of users and keys other than the reader. A group's owners may belong to different
 * organizations, and an organization must not learn who uses another organization.
 */
function withoutNames({ operator, identity }: ActorState, row: AuditRow): AuditRow {
  if (operator || row.actor === null) return row;
  const { email: _, ...details } = row.details;
  return { ...row, actorName: row.actor === identity ? row.actorName : row.actor, details };
}

async function groupOrganizations(
  tx: ReadTransaction,
  rows: readonly { readonly oid: string }[],
): Promise<GroupDescription['organizations']> {
  const oids = rows.map(({ oid }) => oid);
  const found = await tx.findIn('organization', 'oid', oids);
  const names = new Map(found.map(({ oid, name }) => [oid, name]));
  return oids.map((oid) => ({ oid, name: names.get(oid) ?? '' }));
}
