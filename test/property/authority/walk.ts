import { appendFileSync } from 'node:fs';
import { type Actor, importKey } from '@flairgate/core/administration';
import type { Received } from '../../flow/running-service.ts';
import { addServiceKey, addTenant, addUser, join, type Operator, replenish } from './cast.ts';
import { learn } from './change.ts';
import { type Command, type CommandFixture, headersOf, kindOf, type Maker } from './command.ts';
import { createFederation, endFederation, listFederations } from './federations.ts';
import * as groups from './groups.ts';
import type { Reason } from './judge.ts';
import * as keys from './keys.ts';
import {
  type AuthorityModel,
  type Credential,
  endOf,
  hasAccepted,
  isAlive,
  isOffered,
  maySeeAddress,
  newWorld,
  pairOf,
  permissionsOf,
} from './model.ts';
import * as people from './people.ts';
import { randomOf } from './random.ts';
import * as records from './records.ts';
import { catalogue, type Ground, openGround, type StoreKind } from './service.ts';
import { STORIES, type Stage } from './stories.ts';
import * as tokens from './tokens.ts';

/** A difference between product and model, and the call that showed it. */
export interface Difference {
  readonly step: number;
  readonly what: string;
  readonly by: string;
  readonly call: string;
  readonly answer: string;
}

/** Numbers of allowed and refused calls by route and kind of principal. */
export type Coverage = Map<string, { allowed: number; refused: number }>;

export interface Walked {
  readonly differences: readonly Difference[];
  /** By `kind route`. */
  readonly coverage: Coverage;
  /** Refusals that the model left open, by route and code. */
  readonly open: ReadonlyMap<string, number>;
}

export interface WalkOptions {
  readonly seed: number;
  readonly commands: number;
  readonly store?: StoreKind;
  /** Differences after which the walk stops. */
  readonly most?: number;
}

const { removeOrganization, LOOKS, ...rest } = people;

const { listRecordsIn, writingNew: _writingNew, ...ofRecords } = records;
const RECORDS: readonly Maker[] = Object.values(ofRecords);

/** Commands that are rare, because they remove much, or frequent, because others need them. */
const SELDOM: readonly Maker[] = [
  removeOrganization,
  keys.revokeTokens,
  keys.enableKey,
  people.removeUser,
  endFederation,
];
const OFTEN: readonly Maker[] = [
  ...[1, 2, 3, 4, 5].map(() => tokens.exchange),
  tokens.exchangeOnBehalf,
  tokens.exchangeOnBehalf,
  keys.createKey,
  keys.rotateKey,
  keys.rotateKey,
  records.writeRecord,
  records.ingest,
  records.ingest,
];

const { notOffered: _notOffered, keepToken: _keepToken, ON_BEHALF: _onBehalf, readWho, wrongWho, ...asking } = tokens;

const MAKERS: readonly Maker[] = [
  ...Object.values(keys),
  ...Object.values(rest),
  ...Object.values(groups),
  ...RECORDS,
  ...Object.values(asking),
  ...LOOKS,
  listFederations,
  createFederation,
  createFederation,
  ...OFTEN,
].filter((maker) => !SELDOM.includes(maker));

interface Walk extends Operator, CommandFixture {
  readonly differences: Difference[];
  readonly coverage: Coverage;
  readonly open: Map<string, number>;
  /** Users whose rights are watched over every command, with what they were told last. */
  readonly watched: Map<string, string>;
  step: number;
}

export async function walk({ seed, commands, store = 'memory', most = 1 }: WalkOptions): Promise<Walked> {
  const ground = await openGround(store);
  try {
    const walking = await begin(ground, seed);
    while (walking.step < commands && walking.differences.length < most) {
      walking.step += 1;
      await oneStep(walking);
    }
    await sweep(walking);
    return walking;
  } finally {
    await ground.close();
  }
}

async function begin(ground: Ground, seed: number): Promise<Walk> {
  const world = newWorld(ground.clock.wall(), catalogue.entries);
  const walking: Walk = {
    world,
    ground,
    random: randomOf(seed),
    made: 0,
    differences: [],
    coverage: new Map(),
    open: new Map(),
    watched: new Map(),
    step: 0,
  };
  const [first, second] = [await addTenant(walking), await addTenant(walking)];
  await addUser(walking, 'nobody');
  const both = await addUser(walking, 'both');
  for (const oid of [first, second]) await join(walking, both, oid, ['dr.list', 'dr.set', 'company.read']);
  await addServiceKey(walking, 'gateway', undefined);
  await addServiceKey(walking, 'narrow', [first]);
  for (const user of world.users.keys()) if (!user.startsWith('reader')) walking.watched.set(user, '');
  return walking;
}

async function oneStep(walking: Walk): Promise<void> {
  const { world, random, ground, step } = walking;
  if (random.chance(0.1)) {
    const seconds = random.chance(0.005) ? 31 * 86_400 : random.chance(0.1) ? 7200 : random.below(300);
    ground.clock.advance(seconds * 1000);
    world.now = ground.clock.wall();
  }
  if (step % 25 === 0) await replenish(walking);
  if (random.chance(0.04)) return random.pick(STORIES)(stageOf(walking));
  const chosen = someCommand(walking);
  if (chosen === undefined) return;
  const { actor, command } = chosen;
  const watched = random.pick([...walking.watched.keys()]);
  const before = await askWho(walking, watched);
  await carryOut(walking, actor, command);
  await compareWatched(walking, { actor, command, watched, before });
  if (step % 100 === 0) await sweep(walking);
}

const OPERATOR: Actor = { kind: 'operator', name: 'walk' };

/** Commands of stories are a part of the walk. */
function stageOf(walking: Walk): Stage {
  return {
    world: walking.world,
    random: walking.random,
    act: (actor, command) => sendTo(walking, actor, command, false),
    actStale: (actor, command) => sendTo(walking, actor, command, true),
    hold: async (actor) => (await call(walking, actor, whoIs, true)).status === 200,
    anyCommand: (actor) => allowedCommand(walking, actor),
    async importText(asked) {
      const outcome = await importKey(walking.ground.service.context.administration, OPERATOR, asked);
      if (outcome.allowed) return outcome.value.keyId;
      throw new Error(`the import was refused: ${outcome.code} ${JSON.stringify(outcome.members)}`);
    },
  };
}

/** Chooses a command that rows are written by and that is not forbidden to a caller. */
function allowedCommand(walking: Walk, actor: Credential): Command | undefined {
  for (let tries = 0; tries < 20; tries += 1) {
    const command = walking.random.pick(MAKERS)(walking, actor);
    if (command === undefined || command.bare || command.forbidden !== undefined || !isCommand(command)) continue;
    return command;
  }
  return undefined;
}

interface Chosen {
  readonly actor: Credential;
  readonly command: Command;
}

/** Chooses a random command and caller, preferably one that can be allowed. */
function someCommand(walking: Walk): Chosen | undefined {
  const { random } = walking;
  const maker = random.chance(0.04) ? random.pick(SELDOM) : random.pick(MAKERS);
  const someone = credentials(walking);
  let chosen: Chosen | undefined;
  for (let tries = random.chance(0.6) ? 12 : 1; tries > 0; tries -= 1) {
    const actor = someone();
    const command = maker(walking, actor);
    if (command === undefined) continue;
    chosen = { actor, command };
    if (command.forbidden === undefined) break;
  }
  return chosen;
}

/** Gives credentials: mostly one that has not ended, and of each kind as often as of another. */
function credentials({ world, random }: Walk): () => Credential {
  const plain = [...world.keys.values()].flatMap((key) => key.secrets.map((secret): Credential => ({ key, secret })));
  const all = [...plain, ...world.tokens];
  const byKind = new Map<string, Credential[]>();
  for (const credential of all) {
    if (!isAlive(world, credential)) continue;
    const kind = kindOf(world, credential);
    const those = byKind.get(kind) ?? [];
    those.push(credential);
    byKind.set(kind, those);
  }
  const few = new Set(['ingestion', 'service']);
  const kinds = [...byKind.keys()].sort().flatMap((each) => (few.has(each) ? [each] : [each, each, each]));
  return () =>
    random.chance(0.08) ? random.pick(all.slice(-400)) : random.pick(byKind.get(random.pick(kinds)) ?? all);
}

/** Commands are judged by the store: a process that has not heard of a change must not let one through. */
const isCommand = ({ route }: Command): boolean =>
  /^(?:POST|PUT|PATCH|DELETE) \/(?:v1\/(?!records|ingest)|jwt)/.test(route);

async function call(walk: Walk, actor: Credential, command: Command, isStale = false): Promise<Received> {
  const { ground } = walk;
  const { route, path, fields = [], json, headers = {}, bare } = command;
  const form = formOf(fields);
  const method = route.slice(0, route.indexOf(' '));
  const hasBody = method !== 'GET' && (json !== undefined || form !== '');
  const type = json === undefined ? 'application/x-www-form-urlencoded' : 'application/json';
  return (isStale ? ground.sendStale : ground.send)({
    method,
    path,
    headers: { ...headers, ...(bare ? {} : headersOf(actor)), ...(hasBody ? { 'Content-Type': type } : {}) },
    ...(hasBody ? { body: json === undefined ? form : JSON.stringify(json) } : {}),
  });
}

function formOf(fields: NonNullable<Command['fields']>): string {
  const form = new URLSearchParams();
  const pairs = Symbol.iterator in fields ? fields : Object.entries(fields);
  for (const [name, value] of pairs) form.append(name, value);
  return form.toString();
}

/** Carries out a command, by the one process or the other. Random choice lets the stale one come to know callers. */
async function carryOut(walking: Walk, actor: Credential, command: Command): Promise<void> {
  const { random } = walking;
  if (random.chance(0.3)) await call(walking, actor, whoIs, true);
  await sendTo(walking, actor, command, isCommand(command) && random.chance(0.2));
}

async function sendTo(walking: Walk, actor: Credential, command: Command, isStale: boolean): Promise<void> {
  const { world, ground } = walking;
  const forbidden = endOf(world, command.bare ? { key: actor.key, secret: actor.secret } : actor) ?? command.forbidden;
  const cell = `${kindOf(world, actor)}${isStale ? ', stale process' : ''} ${command.route}`;
  let received = await call(walking, actor, command, isStale);
  // A command that gave up a wait was rolled back, so it is sent again.
  for (let left = ground.retries; received.status === 503 && left > 0; left -= 1) {
    countOpen(walking, `${command.route} 503, sent again: ${received.body.code}`);
    received = await call(walking, actor, command, isStale);
  }
  if (isStale) await ground.service.context.administration.committed?.();
  trace(walking, { actor, command, received });
  const isAllowed = received.status === 200;
  countCall(walking, cell, isAllowed);
  const found = shownSecrets(command, received);
  if (received.status >= 500) found.push('failed');
  const seen: Judged = { actor, command, received };
  if (isAllowed) found.push(...(await wrongly(walking, seen, forbidden)));
  else if (!isStale) found.push(...lost(walking, seen, forbidden));
  for (const what of found) note(walking, { actor, command, received, what });
  const made = isAllowed ? handedOut(world, received) : undefined;
  if (made?.key.oid === undefined) return;
  await carryOut(walking, made, listRecordsIn(world, made, made.key.oid));
  const write = records.writeRecord(walking, made);
  if (write !== undefined) await carryOut(walking, made, write);
}

function countCall({ coverage }: Walk, cell: string, isAllowed: boolean): void {
  const counts = coverage.get(cell) ?? { allowed: 0, refused: 0 };
  coverage.set(cell, counts);
  counts[isAllowed ? 'allowed' : 'refused'] += 1;
}

/** Appends every call to the file that `TRACE` names, so that what led to a difference can be read. */
function trace({ world, step }: Walk, { actor, command, received }: Judged): void {
  const file = process.env.TRACE;
  if (!file) return;
  const { key } = actor;
  const by = `${kindOf(world, actor)} ${key.name} of ${key.user ?? key.oid}`;
  const asked = JSON.stringify(command.json ?? command.fields ?? {});
  const told = `${received.status} ${received.body?.code ?? ''}`;
  appendFileSync(file, `${step} ${told} ${by}: ${command.route} ${command.path} ${asked} ${world.now}\n`);
}

/** A secret of a key that the answer hands out: what it sees is looked at, and it writes something, at once. */
function handedOut(world: AuthorityModel, { body }: Received): Credential | undefined {
  const key = world.keys.get(body.key_hash);
  const secret = key?.secrets.find(({ text }) => text === body.api_key);
  return key && secret ? { key, secret } : undefined;
}

interface Judged {
  readonly actor: Credential;
  readonly command: Command;
  readonly received: Received;
}

/** Returns the problem of a call that was allowed. */
async function wrongly(
  walking: Walk,
  { actor, command, received }: Judged,
  forbidden: Reason,
): Promise<readonly string[]> {
  const found = forbidden === undefined ? [] : [`let through although ${forbidden}`];
  found.push(...(command.done?.(received) ?? []), ...(await givenInVain(walking, command)));
  return [...found, ...shownOthers(walking.world, { actor, command, received })];
}

/** Returns the problem of a call that was refused. */
function lost(walking: Walk, { actor, command, received }: Judged, forbidden: Reason): readonly string[] {
  if (forbidden !== undefined) return [];
  countOpen(walking, `${command.route} ${received.status} ${received.body.code}`);
  const isDue = command.due !== undefined && (command.bare === true || actor.token === undefined);
  if (isDoubtful(walking.world, actor, command)) return [];
  return isDue ? [`refused although ${command.due}`] : [];
}

/** The design leaves open what the user was given in the organization of the path. */
function isDoubtful({ doubtful }: AuthorityModel, { key }: Credential, { path }: Command): boolean {
  return [...doubtful].some((pair) => pair.startsWith(`${key.user} `) && path.includes(pair.split(' ')[1] ?? ''));
}

/** A log shows the addresses that were written in requests. */
const wasWritten = ({ addresses }: AuthorityModel, user: string): boolean =>
  [...addresses].some((written) => written.endsWith(` ${user}`));

/** Returns the organizations and people that an answer reveals to a caller that has nothing to do with them. */
function shownOthers(world: AuthorityModel, { actor, command, received }: Judged): readonly string[] {
  const { key } = actor;
  if (key.kind === 'service' || command.bare) return [];
  const { user = '' } = key;
  const asked = `${command.path} ${formOf(command.fields ?? [])}`;
  const here = [...world.organizations.keys()].find((oid) => command.path.includes(oid));
  const isGroup = command.path.startsWith('/v1/groups');
  // A key that a person made for one organization names it, also once the person has left.
  const left = (oid: string) => command.path === '/v1/user/keys' && world.met.has(pairOf(user, oid));
  const knows = (oid: string) =>
    left(oid) ||
    isGroup ||
    key.oid === oid ||
    asked.includes(oid) ||
    hasAccepted(world, user, oid) ||
    isOffered(world, user, oid);
  const organizations = [...world.organizations.keys()].filter((oid) => received.text.includes(oid) && !knows(oid));
  const isLog = command.path.endsWith('/audit');
  const maySee = (name: string) =>
    maySeeAddress(world, actor, name, isGroup ? undefined : here) || (isLog && wasWritten(world, name));
  const people = [...world.users.values()].filter(
    ({ name, home }) => home === undefined && received.text.includes(name) && !maySee(name),
  );
  return [
    ...organizations.map((oid) => `it is told of organization ${oid}: ${excerpt(received.text, oid)}`),
    ...people.map(({ name }) => `it is told the address ${name}: ${excerpt(received.text, name)}`),
  ];
}

function excerpt(text: string, word: string): string {
  const at = text.indexOf(word);
  return text.slice(Math.max(0, at - 200), at + 200);
}

function countOpen({ open }: Walk, cell: string): void {
  open.set(cell, (open.get(cell) ?? 0) + 1);
}

/** Returns what an offer gave although its giver cannot give it, or not any more. */
async function givenInVain(walking: Walk, { after }: Command): Promise<readonly string[]> {
  if (after === undefined) return [];
  const told = (await askWho(walking, after.user))?.get(after.oid) ?? new Set<string>();
  learn(walking.world, after, told);
  return [...told]
    .filter((each) => !after.atMost.has(each))
    .map((each) => `acceptance gave ${each}, which nobody may give`);
}

/** Finds texts of keys, which are in no answer but the one that shows it once. A token can hold such letters by chance. */
function shownSecrets({ route }: Command, { text, body }: Received): string[] {
  const shown = new Set<unknown>([body?.api_key, route.startsWith('POST /v1/insight') ? Object(body).key : undefined]);
  const texts = [...text.matchAll(/(?<![\w.-])fg_[0-9A-Za-z]{43}(?![\w.-])/g)];
  return texts.filter(([each]) => !shown.has(each)).map(() => 'the text of a key is shown');
}

interface Seen {
  readonly actor: Credential;
  readonly command: Pick<Command, 'route' | 'path' | 'fields' | 'json' | 'headers'>;
  readonly received: Pick<Received, 'status' | 'text'>;
  readonly what: string;
}

function note({ world, differences, step }: Walk, { actor, command, received, what }: Seen): void {
  const { key, token } = actor;
  const { path, fields, json, headers } = command;
  const method = command.route.slice(0, command.route.indexOf(' '));
  const of = `${key.name} of ${key.user ?? key.oid ?? 'the operator'}`;
  differences.push({
    step,
    what,
    by: `${kindOf(world, actor)}: ${of}${token ? ` as token for ${[...token.permissions.keys()].join(' ')}` : ''}`,
    call: [method, path, JSON.stringify(json ?? fields ?? {}), headers ? JSON.stringify(headers) : ''].join(' '),
    answer: `${received.status} ${received.text.slice(0, 400)}`,
  });
}

/** A whole key of a user that lets them ask who they are. */
/** A key of a person made for one organization says nothing of the others, so it comes last. */
function keyOf(world: AuthorityModel, user: string): Credential | undefined {
  const keys = [...world.keys.values()].filter((key) => key.user === user).reverse();
  for (const key of keys.toSorted((a, b) => Number(a.kind === 'api-user') - Number(b.kind === 'api-user'))) {
    const secret = key.secrets.find((each) => isAlive(world, { key, secret: each }));
    if (secret !== undefined) return { key, secret };
  }
  return undefined;
}

type Told = ReadonlyMap<string, ReadonlySet<string>>;

const whoIs = { route: 'GET /v1/who', path: '/v1/who', forbidden: undefined } as const;

async function askWho(walking: Walk, user: string): Promise<Told | undefined> {
  const credential = keyOf(walking.world, user);
  if (credential === undefined) return undefined;
  const received = await call(walking, credential, whoIs);
  return received.status === 200 ? readWho(received) : undefined;
}

interface Watched {
  readonly actor: Credential;
  readonly command: Command;
  readonly watched: string;
  readonly before: Told | undefined;
}

/** Checks that no command changes what the user of another tenant can do. */
async function compareWatched(walking: Walk, { actor, command, watched, before }: Watched): Promise<void> {
  const { world } = walking;
  if (before === undefined || keyOf(world, watched) === undefined || actor.key.user === watched) return;
  const after = await askWho(walking, watched);
  const governs = [...world.groups.values()].some(({ owners }) => owners.has(actor.key.user ?? ''));
  for (const oid of new Set([...before.keys(), ...(after?.keys() ?? [])])) {
    const [had, has] = [before.get(oid) ?? new Set<string>(), after?.get(oid) ?? new Set<string>()];
    if (had.size === has.size && [...had].every((each) => has.has(each))) continue;
    const isTheirs = governs || world.organizations.get(oid) === 'gone' || permissionsOf(world, actor, oid).size > 0;
    if (isTheirs && (hasAccepted(world, watched, oid) || has.size < had.size)) continue;
    const received = { status: 0, text: `${watched} in ${oid}: ${[...had].join()} became ${[...has].join()}` };
    note(walking, { actor, command, received, what: 'what the user of another tenant can do is changed' });
  }
}

/** Requests `who` with every credential, and checks that each revoked one is refused. */
async function sweep(walking: Walk): Promise<void> {
  const { world } = walking;
  const all = [...world.keys.values()].flatMap((key) => key.secrets.map((secret): Credential => ({ key, secret })));
  const ended = [...all, ...world.tokens].filter((each) => !isAlive(world, each)).slice(-20);
  for (const credential of ended) {
    const received = await call(walking, credential, whoIs);
    const seen = { actor: credential, command: whoIs, received };
    if (received.status !== 401) note(walking, { ...seen, what: `let in although ${endOf(world, credential)}` });
  }
  for (const user of [...world.users.keys()].slice(-40)) {
    const credential = keyOf(world, user);
    if (credential === undefined) continue;
    const received = await call(walking, credential, whoIs);
    const found = received.status === 200 ? wrongWho(world, credential, received) : ['a user is not let in'];
    for (const what of found) note(walking, { actor: credential, command: whoIs, received, what });
  }
}
