import type { Outcome } from '@flairgate/core';
import {
  type Actor,
  addGroupMember,
  addGroupOrganization,
  createApiUser,
  createGroup,
  createKey,
  createOrganization,
  createServiceKey,
  createUser,
  joinUser,
  replaceApiUserKey,
  setGroupPermissions,
} from '@flairgate/core/administration';
import { accept, addKey } from './change.ts';
import { type AuthorityModel, everything, isOwner, type Key, type KeyKind, pairOf } from './model.ts';
import type { Ground } from './service.ts';
import { ON_BEHALF } from './tokens.ts';

const operator: Actor = { kind: 'operator', name: 'walk' };

/** Objects that the operator creates before the walk, and again if the walk has removed all of them. */
export interface Operator {
  readonly world: AuthorityModel;
  readonly ground: Ground;
  made: number;
}

async function done<T>(outcome: Promise<Outcome<T>>): Promise<T> {
  const settled = await outcome;
  if (settled.allowed) return settled.value;
  throw new Error(`refused: ${settled.code} ${JSON.stringify(settled.members)}`);
}

const HOLDERS: readonly (readonly [name: string, permissions: readonly string[] | 'all'])[] = [
  ['everything', 'all'],
  ['keys', ['apikey.ctrl', 'dr.list']],
  ['users', ['user.ctrl', 'company.read', 'dr.list']],
  ['vendor[segment]', ['apikey.ctrl', 'ingestkey.ctrl', 'user.ctrl', 'dr.list', 'dr.set', 'dr.del']],
  ['safe[secret]', ['dr.list', 'dr.set']],
  ['holder[lock]', ['dr.list', 'dr.set', 'dr.del']],
  ['strong[root]', ['apikey.ctrl', 'user.ctrl', 'dr.list', 'dr.set', 'dr.del']],
  ['many[bulk]', ['apikey.ctrl', 'dr.*']],
];

/** A tenant: an organization with an owner, a member who governs users, one who looks, and keys of every kind. */
export async function addTenant(by: Operator): Promise<string> {
  const { world, ground } = by;
  const { administration } = ground.service.context;
  by.made += 1;
  const { oid } = await done(createOrganization(administration, operator, { name: `tenant ${by.made}` }));
  world.organizations.set(oid, 'live');
  const owner = await addUser(by, 'owner');
  await join(by, owner, oid, 'owner');
  const governor = await addUser(by, 'governor');
  await join(by, governor, oid, ['user.ctrl', 'apikey.ctrl', 'dr.list', 'company.read']);
  const reader = await addUser(by, 'reader');
  await join(by, reader, oid, ['dr.list']);
  for (const [name, holds] of HOLDERS) {
    const permissions = holds === 'all' ? everything(world) : holds;
    const made = await done(
      createKey(administration, operator, { owner: { kind: 'organization', oid }, name, permissions }),
    );
    addKey(world, undefined, { kind: 'organization', name, oid, grants: permissions, id: made.keyId, text: made.text });
  }
  const push = await done(createKey(administration, operator, { owner: { kind: 'ingestion', oid }, name: 'push' }));
  addKey(world, undefined, { kind: 'ingestion', name: 'push', oid, id: push.keyId, text: push.text });
  await addApiUser(by, oid, ['dr.list', 'dr.set', 'user.ctrl', 'apikey.ctrl']);
  await addApiUser(by, oid, ['company.read', 'ingestkey.ctrl']);
  return oid;
}

/** An API user that a group gives these permissions, with a key. */
async function addApiUser(by: Operator, oid: string, permissions: readonly string[]): Promise<void> {
  const { world, ground } = by;
  const { administration } = ground.service.context;
  by.made += 1;
  const { uid } = await done(createApiUser(administration, operator, { oid, name: `sync ${by.made}` }));
  world.users.set(uid, { name: uid, uid, home: oid, state: 'active' });
  const { gid } = await done(createGroup(administration, operator, { name: `group ${by.made}` }));
  await done(addGroupOrganization(administration, operator, { gid, oid }));
  await done(setGroupPermissions(administration, operator, { gid, permissions }));
  await done(addGroupMember(administration, operator, { gid, email: uid }));
  const given = { by: undefined, at: world.now };
  const members = new Map([[uid, given]]);
  const organizations = new Map([[oid, given]]);
  const [children, changes] = [new Set<string>(), []];
  world.groups.set(gid, {
    gid,
    owners: new Set(),
    members,
    organizations,
    children,
    changes,
    permissions: new Set(permissions),
  });
  const made = await done(replaceApiUserKey(administration, operator, { oid, uid }));
  addKey(world, undefined, {
    kind: 'api-user',
    name: `sync ${by.made}`,
    user: uid,
    oid,
    id: made.keyId,
    text: made.text,
  });
}

/** A user with a whole key and a segmented one. */
export async function addUser(by: Operator, what: string): Promise<string> {
  const { world, ground } = by;
  by.made += 1;
  const email = `${what}-${by.made}@acme.example`;
  const { uid } = await done(createUser(ground.service.context.administration, operator, { email }));
  world.users.set(email, { name: email, uid, home: undefined, state: 'active' });
  await addUserKey(by, email, 'laptop');
  await addUserKey(by, email, 'script[segment]');
  return email;
}

export async function addUserKey({ world, ground }: Operator, user: string, name: string): Promise<void> {
  const uid = world.users.get(user)?.uid ?? '';
  const owner = { kind: 'user', uid } as const;
  const made = await done(createKey(ground.service.context.administration, operator, { owner, name }));
  addKey(world, undefined, { kind: 'user', name, user, id: made.keyId, text: made.text });
}

/** The operator joins a user: that takes no acceptance. */
export async function join(by: Operator, user: string, oid: string, as: 'owner' | readonly string[]): Promise<void> {
  const { world, ground } = by;
  const uid = world.users.get(user)?.uid ?? '';
  const given = as === 'owner' ? ({ permissions: [], role: 'owner' } as const) : { permissions: as };
  await done(joinUser(ground.service.context.administration, operator, { uid, oid, ...given }));
  const grants = new Set(as === 'owner' ? everything(world) : as);
  const role = as === 'owner' ? 'Owner' : 'member';
  world.memberships.set(pairOf(user, oid), { by: undefined, at: world.now, more: [], role, grants });
  accept(world, user, oid, true);
}

export async function addServiceKey({ world, ground }: Operator, name: string, serves: readonly string[] | undefined) {
  const mayExchange = [{ audience: 'flairgate', permissions: ON_BEHALF }];
  const input = { name, organizations: serves ?? 'all', mayExchange } as const;
  const made = await done(createServiceKey(ground.service.context.administration, operator, input));
  addKey(world, undefined, { kind: 'service', name, serves, id: made.keyId, text: made.text });
}

/** Gives the walk back what it ended: two tenants, owners with whole keys, and keys of each kind. */
export async function replenish(by: Operator): Promise<void> {
  const { world } = by;
  const live = [...world.organizations].filter(([, state]) => state === 'live').map(([oid]) => oid);
  const kept = live.filter((oid) =>
    [...world.users.keys()].some((user) => isOwner(world, user, oid) && wholeKey(world, user)),
  );
  for (let missing = kept.length; missing < 2; missing += 1) await addTenant(by);
  for (const user of world.users.values()) {
    if (user.uid === undefined || user.home !== undefined || wholeKey(world, user.name)) continue;
    by.made += 1;
    await addUserKey(by, user.name, `laptop ${by.made}`);
  }
  for (const oid of kept) {
    if (liveKeys(world, 'api-user').length < 2) await addApiUser(by, oid, ['dr.list', 'dr.set', 'user.ctrl']);
  }
  for (const kind of ['organization', 'ingestion'] as const) {
    if (liveKeys(world, kind).length < 2) await addTenant(by);
  }
}

export const liveKeys = (world: AuthorityModel, kind: KeyKind): readonly Key[] =>
  [...world.keys.values()].filter((key) => key.kind === kind && key.state === 'live' && world.now < key.expires);

function wholeKey(world: AuthorityModel, user: string): Key | undefined {
  return liveKeys(world, 'user').find((key) => key.user === user && !key.flairs.has('segment'));
}
