import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { readGroupsOfMany } from '../../principal/access.js';
import { parseKeyName } from '../../principal/key/key-name.js';
import { invalidReason } from '../../principal/read-subject.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import { apiUserEmail, apiUserName } from '../../store/api-user-name.js';
import { randomId } from '../../store/ids.js';
import type { KeyRow, UserRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { audit } from '../audit/audit.js';
import { type Actor, readActorState } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import { checkRoom } from '../command/caller-limits.js';
import { type AdministrationContext, commandBy } from '../command/context.js';
import { findPage, type Paged, type PageInput, readList, showPage } from '../command/cursor.js';
import { versionOf } from '../command/expected-version.js';
import { groupBy } from '../command/group-by.js';
import { checkHeld, checkUserControl } from '../escalation/check-held.js';
import { checkNoEscalation } from '../escalation/check-no-escalation.js';
import { denyNoUser } from './members.js';

export interface ListedApiUser {
  readonly uid: string;
  readonly name: string;
  /** Placeholder e-mail address, shown where users are listed. Mail to it is never delivered. */
  readonly email: string;
  readonly active: boolean;
  /** Public id of the user's only valid key. Undefined if there is none. */
  readonly keyId: string | undefined;
  /** Ids of the groups that the user belongs to, directly or through nested groups. */
  readonly groups: readonly string[];
  /**
   * Version of the user. The version changes when the user is activated or deactivated, and when the user's valid key
   * changes.
   */
  readonly version: string;
}

/**
 * Creates an API user, which belongs to one organization, cannot sign in, and has at most one key.
 *
 * A new API user has no permissions until it is added to a group. The user's name is also the default name of the key,
 * so the name is checked as a key name, including its flairs.
 *
 * @example
 * const outcome = await createApiUser(context, actor, { oid, name: 'importer' });
 */
export async function createApiUser(
  context: AdministrationContext,
  actor: Actor,
  input: { readonly oid: string; readonly name: string },
): Promise<Outcome<UserRow>> {
  const name = parseKeyName(input.name, context.unknownFlairs);
  if (!name.allowed) return name;
  return commandBy(
    context,
    actor,
    (tx, actorState) => insertApiUser(tx, context, actorState, { oid: input.oid, name: name.value.name }),
    ({ uid, email }) => ({ uid, email }),
  );
}

async function insertApiUser(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { oid, name }: { readonly oid: string; readonly name: string },
): Promise<Outcome<UserRow>> {
  const held = checkHeld(context, actorState, oid, 'user.ctrl');
  if (!held.allowed) return held;
  if ((await tx.get('organization', { oid })) === undefined) {
    return deny('ERR_NOT_FOUND', { detail: 'no such organization' });
  }
  const nothing = { oid, grants: [], flairs: [], owner: false, narrowed: false, ranges: [], expiresAt: null };
  const minted = actorState.operator ? allow(undefined) : checkNoEscalation(held.value, nothing, context.catalogue);
  if (!minted.allowed) return minted;
  const email = apiUserEmail(oid, name);
  if ((await tx.find('user', { email }, { limit: 1 })).length > 0) {
    return deny('ERR_NAME_TAKEN', { members: { name } });
  }
  const room = await checkRoom(tx, context, actorState, { name: 'apiUsers', table: 'user', where: { oid } });
  if (!room.allowed) return room;
  const user: UserRow = {
    uid: randomId(context.random),
    email,
    type: 'api',
    oid,
    active: true,
    createdAt: context.now(),
  };
  await tx.insert('user', user);
  await tx.insert('consent', { uid: user.uid, oid, acceptedAt: user.createdAt });
  tx.touch('user', user.uid);
  await audit(tx, context, actorState, { oid, action: 'api-user.create', target: user.uid, details: { name } });
  return allow(user);
}

/**
 * Lists an organization's API users. Requires `user.ctrl`.
 *
 * @example
 * const outcome = await listApiUsers(context, actor, { oid, limit: 100 });
 */
export async function listApiUsers(
  context: AdministrationContext,
  actor: Actor,
  { oid, ...page }: PageInput & { readonly oid: string },
): Promise<Outcome<Paged<ListedApiUser>>> {
  return readList(page, (slice) => pageOfApiUsers(context, actor, { oid, ...slice }));
}

async function pageOfApiUsers(
  context: AdministrationContext,
  actor: Actor,
  { oid, ...page }: PageInput & { readonly oid: string },
): Promise<Outcome<Paged<ListedApiUser>>> {
  return context.store.read(async (tx) => {
    const actorState = await readActorState(tx, context.catalogue, actor, context.now());
    if (!actorState.allowed) return actorState;
    const held = checkUserControl(context, actorState.value, oid);
    if (!held.allowed) return held;
    const scope = { list: `api-users:${oid}`, reader: actorState.value.identity ?? '' };
    const users = await findPage(context.store, tx, page, {
      scope,
      table: 'user',
      where: { oid },
      placeOf: ({ uid }) => uid,
      after: (uid) => ({ uid }),
    });
    return users.allowed
      ? allow(await showPage(users.value, (found) => describeApiUsers(tx, found, context.now())))
      : users;
  });
}

/**
 * Returns one API user of an organization. Requires `user.ctrl`.
 *
 * @example
 * const outcome = await readApiUser(context, actor, { oid, uid });
 */
export async function readApiUser(
  context: AdministrationContext,
  actor: Actor,
  { oid, uid }: { readonly oid: string; readonly uid: string },
): Promise<Outcome<ListedApiUser>> {
  return context.store.read(async (tx) => {
    const actorState = await readActorState(tx, context.catalogue, actor, context.now());
    if (!actorState.allowed) return actorState;
    const held = checkUserControl(context, actorState.value, oid);
    if (!held.allowed) return held;
    const user = await tx.get('user', { uid });
    return user?.type === 'api' && user.oid === oid
      ? allowFirst(await describeApiUsers(tx, [user], context.now()))
      : denyNoUser();
  });
}

function allowFirst([first]: readonly ListedApiUser[]): Outcome<ListedApiUser> {
  return first === undefined ? denyNoUser() : allow(first);
}

async function describeApiUsers(
  tx: ReadTransaction,
  users: readonly UserRow[],
  now: number,
): Promise<readonly ListedApiUser[]> {
  const uids = users.map(({ uid }) => uid);
  const kept = (await tx.findIn('key', 'uid', uids)).filter(({ revokedAt }) => revokedAt === null);
  const keys = groupBy(kept, ({ uid }) => uid);
  const groupsOf = await readGroupsOfMany(tx, uids);
  return users.map((user) => {
    const { uid, email, active } = user;
    const keyId = validKey(keys.get(uid) ?? [], now);
    const groups = [...(groupsOf.get(uid) ?? [])].sort();
    return { uid, name: apiUserName(user), email, active, keyId, groups, version: versionOf(active, keyId ?? null) };
  });
}

/** Returns the current version of an API user. */
export async function apiUserVersion(tx: ReadTransaction, { uid, active }: UserRow, now: number): Promise<string> {
  return versionOf(active, (await validKeyOf(tx, uid, now)) ?? null);
}

async function validKeyOf(tx: ReadTransaction, uid: string, now: number): Promise<string | undefined> {
  return validKey(await tx.find('key', { uid, revokedAt: null }), now);
}

function validKey(keys: readonly KeyRow[], now: number): string | undefined {
  return keys.find((one) => invalidReason(one, now) === undefined)?.keyId;
}
