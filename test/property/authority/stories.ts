import {
  change,
  creation,
  DISABLE,
  endingOf,
  REVOKE,
  replacement,
  revocationOfTokens,
  rotation,
} from './asked-keys.ts';
import { addKey } from './change.ts';
import type { Command, CommandFixture, Maker } from './command.ts';
import { exchangeJob, federated, isFederation } from './federations.ts';
import { createGroup } from './groups.ts';
import { createPersonKey, createUserKey, endUserKey, listUserKeys } from './keys.ts';
import {
  type AuthorityModel,
  type Credential,
  ELSEWHERE,
  grantsOf,
  hasAccepted,
  isAlive,
  isOwner,
  isWhole,
  type Key,
  permissionsOf,
} from './model.ts';
import { addUser, createOrganization, grantToUser } from './people.ts';
import { listRecordsIn, writingNew } from './records.ts';
import { exchange } from './tokens.ts';

/** A key of another system, by its text. */
export interface ImportedText {
  readonly oid: string;
  readonly name: string;
  readonly permissions: readonly string[];
  readonly text: string;
}

/** Commands of a story. Each is judged like any other of the walk. */
export interface Stage extends CommandFixture {
  act(actor: Credential, command: Command): Promise<void>;
  /** Sends the command to a process that has not heard of any change since it was told of the credential. */
  actStale(actor: Credential, command: Command): Promise<void>;
  /** Lets that process know a credential. Resolves to false if it is not let in. */
  hold(actor: Credential): Promise<boolean>;
  /** Imports the text of a key of another system, as the operator. Resolves to its id. */
  importText(asked: ImportedText): Promise<string>;
  /** Returns a command of the walk by the actor that only its end could forbid. */
  anyCommand(actor: Credential): Command | undefined;
}

/** Commands in an order that random choice seldom makes. */
export type Story = (stage: Stage) => Promise<void>;

const credentialsOf = (world: AuthorityModel, key: Key): readonly Credential[] => [
  ...key.secrets.map((secret) => ({ key, secret })),
  ...world.tokens.filter((each) => each.key === key),
];

function someCredential({ world, random }: CommandFixture, those: (of: Credential) => boolean): Credential | undefined {
  const all = [...world.keys.values()].flatMap((key) => credentialsOf(world, key));
  const found = all.filter((each) => isAlive(world, each) && those(each));
  return found.length > 0 ? random.pick(found) : undefined;
}

const liveOids = ({ world }: CommandFixture): readonly string[] =>
  [...world.organizations].filter(([, state]) => state === 'live').map(([oid]) => oid);

/** A whole credential of an owner, by its key. */
function someOwner(scene: CommandFixture, oid: string): Credential | undefined {
  const { world } = scene;
  return someCredential(
    scene,
    (each) =>
      each.token === undefined && !each.secret.retiring && isWhole(world, each) && isOwner(world, each.key.user, oid),
  );
}

/** Organizations of a credential. */
function oidOf(scene: CommandFixture, { key }: Credential): string | undefined {
  const own = liveOids(scene).filter(
    (oid) => key.oid === oid || (key.user !== undefined && hasAccepted(scene.world, key.user, oid)),
  );
  return own.length > 0 ? scene.random.pick(own) : undefined;
}

/** Commands that end a credential, with who may give them. */
function endsOf(scene: CommandFixture, victim: Credential): readonly (readonly [Credential, Command])[] {
  const { key, secret } = victim;
  const itself = { key, secret };
  const oid = oidOf(scene, victim);
  if (oid === undefined) return [];
  const owner = someOwner(scene, oid);
  const all: (readonly [Credential, Command])[] = [
    [itself, rotation(scene, itself, { oid: key.oid ?? oid, key, overlap: 0 })],
  ];
  if (owner !== undefined && key.kind === 'organization') {
    for (const how of [REVOKE, DISABLE]) all.push([owner, endingOf(scene, owner, { oid, key, how })]);
    all.push([owner, rotation(scene, owner, { oid, key, overlap: 0 })]);
  }
  if (owner !== undefined && victim.token?.permissions.has(oid)) {
    all.push([owner, revocationOfTokens(scene, owner, oid)]);
  }
  const other = someCredential(scene, (each) => each.key.user === key.user && each.key !== key);
  if (key.kind === 'user' && other !== undefined) {
    const ending = endUserKey(scene, other);
    if (ending !== undefined) all.push([other, ending]);
  }
  return all.filter(([, { forbidden }]) => forbidden === undefined);
}

/** A credential ends, and acts at once by a process that has not heard of it. */
const endsElsewhere: Story = async (stage) => {
  const { world, random } = stage;
  const kinds = ['organization', 'user', 'api-user'];
  const wantsToken = random.chance(0.4);
  const isWanted = ({ key, secret, token }: Credential) =>
    kinds.includes(key.kind) && !secret.retiring && (token !== undefined) === wantsToken;
  const victim = someCredential(stage, isWanted);
  if (victim === undefined || !(await stage.hold(victim))) return;
  const ends = endsOf(stage, victim);
  const command = stage.anyCommand(victim);
  if (ends.length === 0 || command === undefined) return;
  const [by, ending] = random.pick(ends);
  await stage.act(by, ending);
  if (!isAlive(world, victim)) await stage.actStale(victim, command);
};

/** A secret that is being rotated out, and a token of it, try to yield another secret. */
const isRotatedOut: Story = async (stage) => {
  const { world, random } = stage;
  const [oid, user] = someApiUser(stage) ?? [random.pick(liveOids(stage)), undefined];
  const isStrong = ({ key, secret, token }: Credential, permission: string) =>
    token === undefined && !secret.retiring && permissionsOf(world, { key, secret }, oid).has(permission);
  const wanted = user !== undefined && random.chance(0.5) ? 'user.ctrl' : 'apikey.ctrl';
  const actor = someCredential(stage, (each) => isStrong(each, wanted));
  if (actor === undefined) return;
  await stage.act(actor, rotation(stage, actor, { oid: actor.key.oid ?? oid, key: actor.key, overlap: 600 }));
  if (!actor.secret.retiring) return;
  const token = random.chance(0.5) ? await exchanged(stage, actor) : undefined;
  const by = token ?? actor;
  const keys = [...world.keys.values()].filter((key) => key.kind === 'organization' && key.oid === oid);
  const others = keys.filter(({ state, flairs }) => state === 'live' && !flairs.has('secret'));
  const commands = [
    rotation(stage, by, { oid: actor.key.oid ?? oid, key: actor.key, overlap: random.pick([0, 600]) }),
    ...(others.length > 0 ? [rotation(stage, by, { oid, key: random.pick(others), overlap: 600 })] : []),
    ...(user === undefined ? [] : [replacement(stage, by, oid, user)]),
    ...[createUserKey, createPersonKey].map((maker: Maker) => maker(stage, by)),
  ];
  for (const command of commands) if (command !== undefined && isAlive(world, by)) await stage.act(by, command);
};

function someApiUser({ world, random }: CommandFixture): readonly [oid: string, user: string] | undefined {
  const all = [...world.users.values()].filter(
    ({ home, state }) => state === 'active' && home !== undefined && world.organizations.get(home) === 'live',
  );
  const { name = '', home = '' } = all.length > 0 ? random.pick(all) : {};
  return name === '' ? undefined : [home, name];
}

async function exchanged(stage: Stage, actor: Credential): Promise<Credential | undefined> {
  const command = exchange(stage, actor);
  if (command !== undefined && command.forbidden === undefined) await stage.act(actor, command);
  return stage.world.tokens.findLast((each) => each.secret === actor.secret && isAlive(stage.world, each));
}

/** A key with secret content ends, and any caller that can create keys takes its name. */
const isMadeAgain: Story = async (stage) => {
  const { world, random } = stage;
  const oid = random.pick(liveOids(stage));
  const owner = someOwner(stage, oid);
  if (owner === undefined) return;
  const name = `again ${random.below(4)}[secret]`;
  const found = [...world.keys.values()].find((key) => key.oid === oid && key.name === name && key.state === 'live');
  const grants = ['dr.list', 'dr.set'];
  if (found === undefined) await stage.act(owner, creation(stage, owner, { oid, name, grants, ranges: undefined }));
  const key = found ?? [...world.keys.values()].findLast((each) => each.oid === oid && each.name === name);
  const holder = key && credentialsOf(world, key).find((each) => isAlive(world, each));
  if (key === undefined || holder === undefined) return;
  await stage.act(holder, writingNew(stage, holder, oid));
  await stage.act(owner, endingOf(stage, owner, { oid, key, how: REVOKE }));
  const isHolder = (each: Credential) => permissionsOf(world, each, oid).has('apikey.ctrl');
  const actor = random.chance(0.2) ? owner : someCredential(stage, isHolder);
  if (actor === undefined) return;
  const held = grantsOf(world, actor.key, oid);
  const kept = grants.filter((grant) => held.has(grant) || held.has('dr.*'));
  const { ranges } = actor.key;
  await stage.act(actor, creation(stage, actor, { oid, name, grants: kept, ranges }));
  // The new key reads again, in case the creation itself was refused and an older one has the name.
  const made = someCredential(stage, (each) => each.key.name === name && each.key.oid === oid);
  if (made !== undefined) await stage.act(made, listRecordsIn(world, made, oid));
};

/** The operator imports a key, mostly by a name that a dead one had. It acts at once, and is changed like any other. */
const isImported: Story = async (stage) => {
  const { world, random } = stage;
  const oid = random.pick(liveOids(stage));
  const name = random.pick(['old[secret]', 'old[segment]', 'again 0[secret]', 'again 1[secret]']);
  const isLive = ({ state, expires }: Key) => state !== 'revoked' && world.now < expires;
  const found = [...world.keys.values()].find((key) => key.oid === oid && key.name === name && isLive(key));
  const owner = someOwner(stage, oid);
  if (found !== undefined) {
    if (owner !== undefined) await stage.act(owner, endingOf(stage, owner, { oid, key: found, how: REVOKE }));
    return;
  }
  const permissions = ['apikey.ctrl', 'dr.list', 'dr.set'];
  const text = Array.from({ length: 8 }, () => random.below(2 ** 32).toString(36)).join('-');
  const id = await stage.importText({ oid, name, permissions, text });
  const key = addKey(world, undefined, { kind: 'organization', name, oid, grants: permissions, id, text });
  const [secret] = key.secrets;
  if (secret === undefined) return;
  const imported = { key, secret };
  await stage.act(imported, listRecordsIn(world, imported, oid));
  const command = stage.anyCommand(imported);
  if (command !== undefined) await stage.act(imported, command);
};

/** A key is changed to addresses that its caller has not, or to less, and acts by a process that has not heard of it. */
const isChangedElsewhere: Story = async (stage) => {
  const { world, random } = stage;
  const oid = random.pick(liveOids(stage));
  const owner = someOwner(stage, oid);
  const isWanted = ({ key, secret, token }: Credential) =>
    key.oid === oid &&
    key.kind === 'organization' &&
    key.ranges !== ELSEWHERE &&
    !secret.retiring &&
    token === undefined;
  const victim = someCredential(stage, isWanted);
  if (owner === undefined || victim === undefined || !(await stage.hold(victim))) return;
  const by = random.chance(0.5) ? ((await exchanged(stage, victim)) ?? victim) : victim;
  if (!(await stage.hold(by))) return;
  const command = stage.anyCommand(by);
  const { key } = victim;
  const narrower = random.chance(0.7) ? { ranges: { to: ELSEWHERE } } : { grants: [...key.grants].slice(1) };
  await stage.act(owner, change(stage, owner, { oid, key, version: '*', ...narrower }));
  if (command !== undefined && !isAlive(world, by)) await stage.actStale(by, command);
};

/** A user who owns no organization asks for a key with a flair that would count once the user owns one. */
const asksAhead: Story = async (stage) => {
  const { world } = stage;
  const ownsNone = ({ key }: Credential) => liveOids(stage).every((oid) => !isOwner(world, key.user, oid));
  const actor = someCredential(stage, (each) => isWhole(world, each) && each.token === undefined && ownsNone(each));
  if (actor === undefined) return;
  for (let tries = 0; tries < 40; tries += 1) {
    const command = createUserKey(stage, actor);
    if (!/\[(?:root|bulk)\]/.test(JSON.stringify(command?.fields))) continue;
    if (command !== undefined) await stage.act(actor, command);
    return;
  }
};

/** An owner offers memberships, and a user who was offered one exchanges a key: the token is read from the store. */
const isOffered: Story = async (stage) => {
  const { world, random } = stage;
  const owner = someOwner(stage, random.pick(liveOids(stage)));
  if (owner === undefined) return;
  for (const maker of [addUser, grantToUser, grantToUser, addUser, grantToUser, grantToUser]) {
    const command = maker(stage, owner);
    if (command !== undefined && command.forbidden === undefined) await stage.act(owner, command);
  }
  const pairs = [...world.memberships.keys()].map((pair) => pair.split(' '));
  const offered = new Set(
    pairs.filter(([user = '', oid = '']) => !hasAccepted(world, user, oid)).map(([user]) => user),
  );
  const actor = someCredential(stage, ({ key, token }) => token === undefined && offered.has(key.user));
  for (let tries = 0; actor !== undefined && tries < 40; tries += 1) {
    const command = exchange(stage, actor);
    if (command === undefined || command.forbidden !== undefined) continue;
    if (/"(?:oid|perms)"/.test(JSON.stringify(command.fields))) continue;
    return stage.act(actor, command);
  }
};

/** A caller that governs keys, but no ingestion keys, names one by its id: each route must answer as for no key. */
const namesAnotherKind: Story = async (stage) => {
  const { world, random } = stage;
  const oid = random.pick(liveOids(stage));
  const isGovernor = (each: Credential) => {
    const held = permissionsOf(world, each, oid);
    return held.has('apikey.ctrl') && !held.has('ingestkey.ctrl');
  };
  const actor = someCredential(stage, (each) => !each.secret.retiring && isGovernor(each));
  const keys = [...world.keys.values()].filter(
    ({ kind, oid: of, state }) => of === oid && kind !== 'organization' && state === 'live',
  );
  if (actor === undefined || keys.length === 0) return;
  const key = random.pick(keys);
  const commands = [
    rotation(stage, actor, { oid, key, overlap: random.pick([0, 600]) }),
    change(stage, actor, { oid, key, version: '*', description: 'renamed' }),
    endingOf(stage, actor, { oid, key, how: random.pick([REVOKE, DISABLE]) }),
  ];
  for (const command of commands) await stage.act(actor, command);
};

/** A job exchanges the token of its issuer, mostly for a federation that has not ended. */
const isFederated: Story = async (stage) => {
  const { world, random } = stage;
  const all = [...world.keys.values()].filter(isFederation);
  const live = all.filter((key) => isAlive(world, federated(key)));
  const from = live.length > 0 && random.chance(0.85) ? live : all.slice(-20);
  if (from.length === 0) return;
  const key = random.pick(from.slice(-12));
  await stage.act(federated(key), exchangeJob(stage, key));
  const by = world.tokens.at(-1);
  if (by?.key !== key || key.oid === undefined) return;
  await stage.act(by, listRecordsIn(world, by, key.oid));
  const command = stage.anyCommand(by);
  if (command !== undefined) await stage.act(by, command);
};

/** A credential that has not all rights of its user does what only a user can do in its own name. */
const actsInOwnName: Story = async (stage) => {
  const { world, random } = stage;
  const user = someCredential(stage, (each) => isWhole(world, each) && each.token === undefined);
  if (user !== undefined) for (let times = 0; times < 3; times += 1) await exchanged(stage, user);
  const isCut = (each: Credential) => each.token !== undefined && each.key.kind === 'user' && !isWhole(world, each);
  const by = someCredential(stage, isCut) ?? someCredential(stage, (each) => !isWhole(world, each));
  if (by === undefined) return;
  for (const maker of random.chance(0.5) ? [createUserKey, listUserKeys] : [createGroup, createOrganization]) {
    const command = maker(stage, by);
    if (command !== undefined) await stage.act(by, command);
  }
};

/** Every story, each as likely as another. */
export const STORIES: readonly Story[] = [
  endsElsewhere,
  endsElsewhere,
  isRotatedOut,
  isMadeAgain,
  isImported,
  isChangedElsewhere,
  asksAhead,
  isOffered,
  namesAnotherKind,
  isFederated,
  isFederated,
  actsInOwnName,
];
