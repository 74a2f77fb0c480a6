import { createAuthenticator, isDenial, type Outcome, type Principal } from '@flairgate/core';
import {
  type Actor,
  activateUser,
  addGroupMember,
  addGroupOrganization,
  addGroupOwner,
  createApiUser,
  createGroup,
  createKey,
  deactivateUser,
  deleteGroup,
  deleteOrganization,
  deletePolicy,
  grantPermissions,
  inviteUser,
  listKeys,
  nestGroup,
  putPolicy,
  ROLE_NAMES,
  removeGroupMember,
  removeGroupOrganization,
  removeGroupOwner,
  removeUser,
  replaceApiUserKey,
  revokePermissions,
  revokeTokens,
  rotateKey,
  setGroupPermissions,
  setKeyState,
  setRole,
  unnestGroup,
  updateKey,
} from '@flairgate/core/administration';
import fc from 'fast-check';
import type { AdministrationFixture } from './fixture.js';
import type { Holder, OrganizationsFixture } from './organizations-fixture.js';

/** Numbers to pick from whatever there is to pick from. */
export interface Command {
  readonly kind: number;
  readonly by: number;
  readonly picks: readonly number[];
}

const GRANTS = [
  'dr.list',
  'dr.set',
  'dr.*',
  'user.ctrl',
  'apikey.ctrl',
  'org.del',
  'org.get',
  'company.read',
  'company.write',
  'company.delete',
  'insight.evt.get',
];
const NAMES = ['a', 'b[segment]', 'c[root]', 'd[bulk]', 'e[lock][secret]', 'f[root][segment]'];
const ACTIONS = ['read', 'write', 'delete'] as const;

/** One run: the fixture, every secret that was created, and the commands by number. */
export interface Run {
  readonly world: OrganizationsFixture;
  readonly setting: AdministrationFixture;
  readonly holders: Holder[];
  readonly gids: string[];
  /** Rights of every secret when they were last read. */
  powers: ReadonlyMap<string, Powers>;
}

type Give = (run: Run, actor: Actor, pick: <T>(from: readonly T[]) => T) => Promise<Outcome<unknown>>;

/** Every command by name, on whatever is picked. */
export const commands: Readonly<Record<string, Give>> = {
  grant: ({ world, setting: { context } }, actor, pick) =>
    grantPermissions(context, actor, { oid: pick(world.oids), email: pick(world.users), permissions: [pick(GRANTS)] }),
  async revoke({ setting: { context } }, actor, pick) {
    return revokePermissions(context, actor, { ...(await anyMembership(context, pick)), permissions: [pick(GRANTS)] });
  },
  async role({ setting: { context } }, actor, pick) {
    return setRole(context, actor, { ...(await anyMembership(context, pick)), role: pick(ROLE_NAMES) });
  },
  invite: ({ world, setting: { context } }, actor, pick) =>
    inviteUser(context, actor, { oid: pick(world.oids), email: pick(world.users) }),
  async remove({ setting: { context } }, actor, pick) {
    return removeUser(context, actor, await anyMembership(context, pick));
  },
  key: ({ world, setting: { context } }, actor, pick) => {
    const owner = { kind: 'organization', oid: pick(world.oids) } as const;
    return createKey(context, actor, { owner, name: pick(NAMES), permissions: [pick(GRANTS), pick(GRANTS)] });
  },
  userKey: ({ setting: { context } }, actor, pick) => {
    const uid = actor.kind === 'principal' ? (actor.principal.uid ?? '') : '';
    return createKey(context, actor, { owner: { kind: 'user', uid }, name: pick(NAMES) });
  },
  async rotate({ world, setting: { context } }, actor, pick) {
    const { oid, keyId } = await anyKey(world, context, pick);
    return rotateKey(context, actor, { oid, keyId, overlapSeconds: 60 });
  },
  async rotateOwn({ setting: { context } }, actor, pick) {
    const uid = (actor.kind === 'principal' ? actor.principal.uid : undefined) ?? '';
    const keys = await context.store.read((tx) => tx.find('key', { uid }));
    return rotateKey(context, actor, { keyId: keys.length === 0 ? '' : pick(keys).keyId, overlapSeconds: 60 });
  },
  async enable({ world, setting: { context } }, actor, pick) {
    return setKeyState(context, actor, await anyKey(world, context, pick), pick(['enabled', 'disabled'] as const));
  },
  async update({ world, setting: { context } }, actor, pick) {
    const change = pick([{ permissions: [pick(GRANTS)] }, { expiresAt: null }, { ranges: [] }]);
    return updateKey(context, actor, { ...(await anyKey(world, context, pick)), version: '*', ...change });
  },
  async group({ setting: { context }, gids }, actor) {
    const made = await createGroup(context, actor, { name: 'more' });
    if (made.allowed) gids.push(made.value.gid);
    return made;
  },
  member: ({ world, setting: { context }, gids }, actor, pick) =>
    addGroupMember(context, actor, { gid: pick(gids), email: pick(world.users) }),
  async noMember({ setting: { context } }, actor, pick) {
    return removeGroupMember(context, actor, await anyPlace(context, 'groupMember', pick));
  },
  groupOwner: ({ world, setting: { context }, gids }, actor, pick) =>
    addGroupOwner(context, actor, { gid: pick(gids), email: pick(world.users) }),
  async noGroupOwner({ setting: { context } }, actor, pick) {
    return removeGroupOwner(context, actor, await anyPlace(context, 'groupOwner', pick));
  },
  attach: ({ world, setting: { context }, gids }, actor, pick) =>
    addGroupOrganization(context, actor, { gid: pick(gids), oid: pick(world.oids) }),
  async detach({ setting: { context } }, actor, pick) {
    const pairs = await context.store.read((tx) => tx.find('groupOrganization', {}));
    return removeGroupOrganization(context, actor, pairs.length === 0 ? { gid: '', oid: '' } : pick(pairs));
  },
  groupGrants: ({ setting: { context }, gids }, actor, pick) =>
    setGroupPermissions(context, actor, { gid: pick(gids), permissions: [pick(GRANTS)] }),
  nest: ({ setting: { context }, gids }, actor, pick) =>
    nestGroup(context, actor, { gid: pick(gids), child: pick(gids) }),
  async unnest({ setting: { context } }, actor, pick) {
    const pairs = await context.store.read((tx) => tx.find('groupChild', {}));
    return unnestGroup(context, actor, pairs.length === 0 ? { gid: '', child: '' } : pick(pairs));
  },
  deleteGroup: ({ setting: { context }, gids }, actor, pick) => deleteGroup(context, actor, { gid: pick(gids) }),
  policy: ({ world, setting: { context }, gids }, actor, pick) => {
    const grants = { [pick(gids)]: { company: [pick(ACTIONS)] } };
    return putPolicy(context, actor, { oid: pick(world.oids), name: pick(['objects', 'more']), grants });
  },
  async noPolicy({ setting: { context } }, actor, pick) {
    const policies = await context.store.read((tx) => tx.find('policy', {}));
    const { oid, name } = policies.length === 0 ? { oid: '', name: '' } : pick(policies);
    return deletePolicy(context, actor, { oid, name });
  },
  apiUser: ({ world, setting: { context } }, actor, pick) =>
    createApiUser(context, actor, { oid: pick(world.oids), name: pick(NAMES) }),
  replace: ({ world, setting: { context } }, actor, pick) =>
    replaceApiUserKey(context, actor, { oid: pick(world.oids), uid: world.apiUser, name: pick(NAMES) }),
  deactivate: ({ world, setting: { context } }, actor, pick) =>
    deactivateUser(context, actor, { oid: pick(world.oids), uid: world.apiUser }),
  activate: ({ world, setting: { context } }, actor, pick) =>
    activateUser(context, actor, { oid: pick(world.oids), uid: world.apiUser }),
  tokens: ({ world, setting: { context } }, actor, pick) => revokeTokens(context, actor, { oid: pick(world.oids) }),
  deleteOrganization: ({ world, setting: { context } }, actor, pick) =>
    deleteOrganization(context, actor, { oid: pick(world.oids) }),
};

async function anyKey(
  world: OrganizationsFixture,
  context: AdministrationFixture['context'],
  pick: <T>(from: readonly T[]) => T,
) {
  const oid = pick(world.oids);
  const listed = await listKeys(context, { kind: 'operator', name: 'test' }, { oid });
  const keys = listed.allowed ? listed.value.entries : [];
  return { oid, keyId: keys.length === 0 ? '' : pick(keys).key.keyId };
}

/** Picks a member of an organization. */
function anyMembership({ store }: AdministrationFixture['context'], pick: <T>(from: readonly T[]) => T) {
  return store.read(async (tx) => {
    const memberships = await tx.find('membership', {});
    if (memberships.length === 0) return { oid: '', email: '' };
    const { oid, uid } = pick(memberships);
    return { oid, email: (await tx.get('user', { uid }))?.email ?? '' };
  });
}

/** Picks a member or an owner of a group. */
function anyPlace(
  { store }: AdministrationFixture['context'],
  table: 'groupMember' | 'groupOwner',
  pick: <T>(from: readonly T[]) => T,
) {
  return store.read(async (tx) => {
    const places = await tx.find(table, {});
    if (places.length === 0) return { gid: '', email: '' };
    const { gid, uid } = pick(places);
    return { gid, email: (await tx.get('user', { uid }))?.email ?? '' };
  });
}

export type Powers = ReadonlyMap<string, ReadonlySet<string>>;

/** Returns the rights of a principal in the organizations of the world, one text for each. */
function powersOf(world: OrganizationsFixture, principal: Principal): Powers {
  const powers = new Map<string, Set<string>>();
  for (const oid of world.oids) {
    const view = principal.in(oid);
    if (view === undefined) continue;
    const held = new Set(view.permissions);
    if (view.owner) held.add('owner');
    if (view.root) held.add('root');
    if (!view.segment || view.root) held.add('unsegmented');
    if (view.flairs.includes('bulk')) held.add('bulk');
    powers.set(oid, held);
  }
  return powers;
}

/** Returns the rights of every valid secret, as this process reads them. */
export async function readPowers({
  world,
  setting,
  holders,
}: Pick<Run, 'world' | 'setting' | 'holders'>): Promise<ReadonlyMap<string, Powers>> {
  const powers = new Map<string, Powers>();
  for (const { text } of holders) {
    const found = await setting.authenticator.authenticate({ kind: 'api-key', text }, undefined);
    if (!isDenial(found)) powers.set(text, powersOf(world, found));
  }
  return powers;
}

export const aCommand: fc.Arbitrary<Command> = fc.record({
  kind: fc.nat(),
  by: fc.nat(),
  picks: fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
});

/** Returns the rights of every credential, as a new process reads them. */
export async function freshPowers({ world, setting, holders }: Run): Promise<ReadonlyMap<string, Powers>> {
  const authenticator = createAuthenticator({ store: setting.store, clock: setting.clock, maxCachedPrincipals: 100 });
  try {
    return await readPowers({ world, setting: { ...setting, authenticator }, holders });
  } finally {
    authenticator.close();
  }
}

/**
 * Runs a command by its numbers. Returns the command, its outcome and the secret it created. Undefined if no caller
 * could give it.
 */
export async function perform(
  run: Run,
  { kind, picks }: Command,
  actor: Actor,
): Promise<{ readonly name: string; readonly text: string | undefined } | undefined> {
  const names = Object.keys(commands);
  const name = names[kind % names.length] ?? '';
  const left = [...picks];
  const pick = <T>(from: readonly T[]): T => {
    const chosen = from[(left.shift() ?? 0) % from.length];
    if (chosen === undefined) throw new Error('nothing to pick from');
    return chosen;
  };
  const outcome = await commands[name]?.(run, actor, pick);
  if (outcome === undefined || !outcome.allowed) return undefined;
  const text: unknown = Reflect.get(Object(outcome.value), 'text');
  return { name, text: typeof text === 'string' ? text : undefined };
}
