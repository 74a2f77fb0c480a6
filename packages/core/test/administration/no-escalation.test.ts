import {
  type Actor,
  activateUser,
  addGroupMember,
  addGroupOrganization,
  addGroupOwner,
  createApiUser,
  createAuthenticator,
  createGroup,
  createKey,
  deactivateUser,
  deleteGroup,
  deleteOrganization,
  deletePolicy,
  grantPermissions,
  inviteUser,
  isDenial,
  listKeys,
  nestGroup,
  type Outcome,
  type Principal,
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
} from '@flairgate/core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Setting } from './setting.js';
import { type Holder, makeWorld, type World } from './world.js';

/** Numbers to pick from whatever there is to pick from. */
interface Command {
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

let world: World;

beforeAll(async () => {
  world = await makeWorld();
});

/** One run: the setting, every secret anybody was given, and the commands by number. */
interface Run {
  readonly setting: Setting;
  readonly holders: Holder[];
  readonly gids: string[];
  /** What every secret was good for when it was last looked at. */
  powers: ReadonlyMap<string, Powers>;
}

type Give = (run: Run, actor: Actor, pick: <T>(from: readonly T[]) => T) => Promise<Outcome<unknown>>;

const commands: Readonly<Record<string, Give>> = {
  grant: ({ setting: { context } }, actor, pick) =>
    grantPermissions(context, actor, { oid: pick(world.oids), email: pick(world.users), permissions: [pick(GRANTS)] }),
  revoke: ({ setting: { context } }, actor, pick) =>
    revokePermissions(context, actor, { oid: pick(world.oids), email: pick(world.users), permissions: [pick(GRANTS)] }),
  role: ({ setting: { context } }, actor, pick) =>
    setRole(context, actor, { oid: pick(world.oids), email: pick(world.users), role: pick(ROLE_NAMES) }),
  invite: ({ setting: { context } }, actor, pick) =>
    inviteUser(context, actor, { oid: pick(world.oids), email: pick(world.users) }),
  remove: ({ setting: { context } }, actor, pick) =>
    removeUser(context, actor, { oid: pick(world.oids), email: pick(world.users) }),
  key: ({ setting: { context } }, actor, pick) => {
    const owner = { kind: 'organization', oid: pick(world.oids) } as const;
    return createKey(context, actor, { owner, name: pick(NAMES), permissions: [pick(GRANTS), pick(GRANTS)] });
  },
  userKey: ({ setting: { context } }, actor, pick) => {
    const uid = actor.kind === 'principal' ? (actor.principal.uid ?? '') : '';
    return createKey(context, actor, { owner: { kind: 'user', uid }, name: pick(NAMES) });
  },
  async rotate({ setting: { context } }, actor, pick) {
    const { oid, keyId } = await anyKey(context, pick);
    return rotateKey(context, actor, { oid, keyId, overlapSeconds: 60 });
  },
  async rotateOwn({ setting: { context } }, actor, pick) {
    const uid = (actor.kind === 'principal' ? actor.principal.uid : undefined) ?? '';
    const keys = await context.store.read((tx) => tx.find('key', { uid }));
    return rotateKey(context, actor, { keyId: keys.length === 0 ? '' : pick(keys).keyId, overlapSeconds: 60 });
  },
  async enable({ setting: { context } }, actor, pick) {
    return setKeyState(context, actor, await anyKey(context, pick), pick(['enabled', 'disabled'] as const));
  },
  async group({ setting: { context }, gids }, actor) {
    const made = await createGroup(context, actor, { name: 'more' });
    if (made.allowed) gids.push(made.value.gid);
    return made;
  },
  member: ({ setting: { context }, gids }, actor, pick) =>
    addGroupMember(context, actor, { gid: pick(gids), email: pick(world.users) }),
  noMember: ({ setting: { context }, gids }, actor, pick) =>
    removeGroupMember(context, actor, { gid: pick(gids), email: pick(world.users) }),
  groupOwner: ({ setting: { context }, gids }, actor, pick) =>
    addGroupOwner(context, actor, { gid: pick(gids), email: pick(world.users) }),
  noGroupOwner: ({ setting: { context }, gids }, actor, pick) =>
    removeGroupOwner(context, actor, { gid: pick(gids), email: pick(world.users) }),
  attach: ({ setting: { context }, gids }, actor, pick) =>
    addGroupOrganization(context, actor, { gid: pick(gids), oid: pick(world.oids) }),
  detach: ({ setting: { context }, gids }, actor, pick) =>
    removeGroupOrganization(context, actor, { gid: pick(gids), oid: pick(world.oids) }),
  groupGrants: ({ setting: { context }, gids }, actor, pick) =>
    setGroupPermissions(context, actor, { gid: pick(gids), permissions: [pick(GRANTS)] }),
  nest: ({ setting: { context }, gids }, actor, pick) =>
    nestGroup(context, actor, { gid: pick(gids), child: pick(gids) }),
  async unnest({ setting: { context } }, actor, pick) {
    const pairs = await context.store.read((tx) => tx.find('groupChild', {}));
    return unnestGroup(context, actor, pairs.length === 0 ? { gid: '', child: '' } : pick(pairs));
  },
  deleteGroup: ({ setting: { context }, gids }, actor, pick) => deleteGroup(context, actor, { gid: pick(gids) }),
  policy: ({ setting: { context }, gids }, actor, pick) => {
    const grants = { [pick(gids)]: { company: [pick(ACTIONS)] } };
    return putPolicy(context, actor, { oid: pick(world.oids), name: pick(['objects', 'more']), grants });
  },
  noPolicy: ({ setting: { context } }, actor, pick) =>
    deletePolicy(context, actor, { oid: pick(world.oids), name: pick(['objects', 'more']) }),
  apiUser: ({ setting: { context } }, actor, pick) =>
    createApiUser(context, actor, { oid: pick(world.oids), name: pick(NAMES) }),
  replace: ({ setting: { context } }, actor, pick) =>
    replaceApiUserKey(context, actor, { oid: pick(world.oids), uid: world.apiUser, name: pick(NAMES) }),
  deactivate: ({ setting: { context } }, actor, pick) =>
    deactivateUser(context, actor, { oid: pick(world.oids), uid: world.apiUser }),
  activate: ({ setting: { context } }, actor, pick) =>
    activateUser(context, actor, { oid: pick(world.oids), uid: world.apiUser }),
  tokens: ({ setting: { context } }, actor, pick) => revokeTokens(context, actor, { oid: pick(world.oids) }),
  deleteOrganization: ({ setting: { context } }, actor, pick) =>
    deleteOrganization(context, actor, { oid: pick(world.oids) }),
};

async function anyKey(context: Setting['context'], pick: <T>(from: readonly T[]) => T) {
  const oid = pick(world.oids);
  const listed = await listKeys(context, { kind: 'operator', name: 'test' }, { oid });
  const keys = listed.allowed ? listed.value.entries : [];
  return { oid, keyId: keys.length === 0 ? '' : pick(keys).key.keyId };
}

type Powers = ReadonlyMap<string, ReadonlySet<string>>;

/** What one principal may do in the organizations of the world, one word for each thing. */
function powersOf(principal: Principal): Powers {
  const powers = new Map<string, Set<string>>();
  for (const oid of world.oids) {
    const view = principal.in(oid);
    if (view === undefined) continue;
    const held = new Set(view.permissions);
    if (view.owner) held.add('owner');
    if (view.root) held.add('root');
    if (!view.segment || view.root) held.add('unsegmented');
    // `bulk` of a person's own key is about limits, and is theirs in every organization they come into.
    if (view.flairs.includes('bulk') && principal.kind === 'organization-key') held.add('bulk');
    powers.set(oid, held);
  }
  return powers;
}

async function readPowers({
  setting,
  holders,
}: Pick<Run, 'setting' | 'holders'>): Promise<ReadonlyMap<string, Powers>> {
  const powers = new Map<string, Powers>();
  for (const { text } of holders) {
    const found = await setting.authenticator.identify({ kind: 'api-key', text }, undefined);
    if (!isDenial(found)) powers.set(text, powersOf(found));
  }
  return powers;
}

/** What an actor may hand out: all it has, and an owner who is whole root and bulk too. */
function mayGive(powers: Powers | undefined, oid: string): ReadonlySet<string> {
  const held = new Set(powers?.get(oid));
  if (held.has('owner') && held.has('unsegmented')) for (const flair of ['root', 'bulk']) held.add(flair);
  return held;
}

/** What somebody has after a command and neither had before nor the actor could give. */
function escalations(
  before: ReadonlyMap<string, Powers>,
  after: ReadonlyMap<string, Powers>,
  by: string,
): readonly string[] {
  const beyond: string[] = [];
  for (const [text, powers] of after) {
    for (const [oid, held] of powers) {
      const given = mayGive(before.get(by), oid);
      const had = before.get(text)?.get(oid);
      for (const word of held) if (!had?.has(word) && !given.has(word)) beyond.push(word);
    }
  }
  return beyond;
}

const aCommand: fc.Arbitrary<Command> = fc.record({
  kind: fc.nat(),
  by: fc.nat(),
  picks: fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
});

async function give(run: Run, { kind, by, picks }: Command): Promise<string | undefined> {
  const names = Object.keys(commands);
  const name = names[kind % names.length] ?? '';
  const holder = run.holders[by % run.holders.length];
  if (holder === undefined) return undefined;
  const principal = await run.setting.authenticator.identify({ kind: 'api-key', text: holder.text }, undefined);
  if (isDenial(principal)) return undefined;
  const left = [...picks];
  const pick = <T>(from: readonly T[]): T => {
    const chosen = from[(left.shift() ?? 0) % from.length];
    if (chosen === undefined) throw new Error('nothing to pick from');
    return chosen;
  };
  const before = run.powers;
  const outcome = await commands[name]?.(run, { kind: 'principal', principal, address: undefined }, pick);
  if (outcome === undefined || !outcome.allowed) return undefined;
  const text: unknown = Reflect.get(Object(outcome.value), 'text');
  if (typeof text === 'string') run.holders.push({ name: `${name} by ${holder.name}`, text });
  run.powers = await readPowers(run);
  const beyond = escalations(before, run.powers, holder.text);
  if (beyond.length > 0) throw new Error(`${name} by ${holder.name} handed out ${beyond.join(', ')}`);
  return name;
}

/** What every credential may do, asked of a process that has seen nothing before. */
async function freshPowers({ setting, holders }: Run): Promise<ReadonlyMap<string, Powers>> {
  const authenticator = createAuthenticator({ store: setting.store, clock: setting.clock, maxCachedPrincipals: 100 });
  try {
    return await readPowers({ setting: { ...setting, authenticator }, holders });
  } finally {
    authenticator.stop();
  }
}

describe('commands in any order, by anybody', () => {
  it('hand out nothing their giver did not hold, and count at once', { timeout: 300_000 }, async () => {
    const worked = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(aCommand, { minLength: 12, maxLength: 18 }), async (sequence) => {
        const setting = await world.open();
        const holders = [...world.holders];
        const run: Run = { setting, holders, gids: [...world.gids], powers: await readPowers({ setting, holders }) };
        try {
          for (const command of sequence) {
            const name = await give(run, command);
            if (name !== undefined) worked.set(name, (worked.get(name) ?? 0) + 1);
          }
          expect(await readPowers(run)).toEqual(await freshPowers(run));
        } finally {
          setting.authenticator.stop();
        }
      }),
      { numRuns: 2000 },
    );
    // A command that is always refused would be tested by nothing.
    expect(Object.keys(commands).filter((name) => !worked.has(name))).toEqual([]);
  });
});
