import type { Received } from '../../flow/running-service.ts';
import type { Reason } from './judge.ts';
import { type AuthorityModel, type Credential, hasAccepted, isAlive, type Key, personOf } from './model.ts';
import type { Random } from './random.ts';

/** A call of the walk, with what the model says of it. */
export interface Command {
  /** As the description of the service writes it: a method and a path. */
  readonly route: string;
  readonly path: string;
  readonly fields?: Readonly<Record<string, string>> | readonly (readonly [string, string])[];
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** True if the credential is sent in the fields and not in a header. */
  readonly bare?: true;
  readonly forbidden: Reason;
  /** Reason why the command must be allowed if nothing forbids it. */
  readonly due?: Reason;
  /** The most that a user holds in an organization afterwards: what was given by callers that can still give it. */
  readonly after?: { readonly user: string; readonly oid: string; readonly atMost: ReadonlySet<string> };
  /** Tells the model of it once it went through. Answers what is wrong with the answer. */
  done?(received: Received): readonly string[] | undefined;
}

export interface CommandFixture {
  readonly world: AuthorityModel;
  readonly random: Random;
}

export type Maker = (scene: CommandFixture, actor: Credential) => Command | undefined;

/** Permissions that the walk grants. */
export const PERMISSIONS = [
  'apikey.ctrl',
  'user.ctrl',
  'ingestkey.ctrl',
  'billing.ctrl',
  'org.get',
  'org.del',
  'audit.get',
  'dr.list',
  'dr.set',
  'dr.del',
  'company.read',
  'company.write',
] as const;

export const FLAIRED = [
  '',
  '',
  '',
  '[segment]',
  '[secret]',
  '[lock]',
  '[root]',
  '[bulk]',
  '[segment][secret]',
] as const;

/** Organizations a credential has something to do with, or any, or one that is gone. */
export function someOid({ world, random }: CommandFixture, actor: Credential): string {
  const live = [...world.organizations].filter(([, state]) => state === 'live').map(([oid]) => oid);
  if (random.chance(0.25)) return random.pick([...world.organizations.keys()].slice(-20));
  const { oid, user } = actor.key;
  if (oid !== undefined) return oid;
  const own = live.filter((each) => user !== undefined && hasAccepted(world, user, each));
  return random.pick(own.length > 0 ? own : live);
}

export function someKey({ world, random }: CommandFixture, oid: string): Key | undefined {
  const keys = [...world.keys.values()];
  if (random.chance(0.1)) return random.pick(keys.slice(-60));
  // The routes of keys are told the id of one that has routes of its own.
  const others = keys.filter((key) => key.oid === oid && key.kind !== 'organization' && key.state === 'live');
  if (others.length > 0 && random.chance(0.1)) return random.pick(others.slice(-10));
  const own = keys.filter((key) => key.oid === oid && key.kind === 'organization');
  const live = own.filter(({ state }) => state !== 'revoked');
  const from = random.chance(0.85) && live.length > 0 ? live : own;
  return from.length > 0 ? random.pick(from) : undefined;
}

export function someUser({ world, random }: CommandFixture): string {
  return random.pick([...world.users.keys()].slice(-40));
}

/** Mostly a member of the organization. */
export function someMember(scene: CommandFixture, oid: string): string {
  const { world, random } = scene;
  const members = [...world.memberships.keys()].filter((pair) => pair.endsWith(` ${oid}`));
  if (members.length === 0 || random.chance(0.3)) return someUser(scene);
  return random.pick(members).split(' ')[0] ?? '';
}

/** Names a user in a request: by address, which is recorded as known, or by uid. */
export function nameFor({ world, random }: CommandFixture, actor: Credential, user: string): string {
  const { uid } = world.users.get(user) ?? {};
  if (uid !== undefined && random.chance(0.3)) return uid;
  world.addresses.add(`${personOf(actor)} ${user}`);
  return user;
}

/** Permissions to ask for: some the actor holds, some it may not. */
export function somePermissions({ random }: CommandFixture, held: Iterable<string>): readonly string[] {
  const own = [...held];
  const from = random.chance(0.6) && own.length > 0 ? own : [...PERMISSIONS, 'dr.*'];
  return [...new Set(Array.from({ length: random.below(4) }, () => random.pick(from)))];
}

/** Returns the header of the credential. */
export function headersOf({ secret, token }: Credential): Readonly<Record<string, string>> {
  return token === undefined ? { 'x-api-key': secret.text } : { Authorization: `Bearer ${token.text}` };
}

/** The kind of principal, for the table. */
export function kindOf(world: AuthorityModel, credential: Credential): string {
  const { key, secret, token } = credential;
  if (!isAlive(world, credential)) return 'ended';
  if (token === undefined) return secret.retiring ? 'retiring secret' : key.kind;
  if (token.onBehalf) return 'on behalf';
  return token.narrowed ? 'narrowed token' : `${key.kind} token`;
}
