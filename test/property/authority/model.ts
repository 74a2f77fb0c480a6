/**
 * Model of all rights, written from the design and independent of the product. It is told of every command that
 * succeeded.
 */

export type Flair = 'bulk' | 'lock' | 'secret' | 'segment' | 'root';
export type KeyKind = 'organization' | 'user' | 'api-user' | 'ingestion' | 'service' | 'federation';

/** The part of a key that continues when it is re-created under its name. */
export interface Identity {
  readonly id: string;
  /** Id that secret content belongs to. */
  secretId: number;
  /** Identity that made it first; undefined for the operator. */
  readonly madeBy: string | undefined;
}

export interface Secret {
  readonly text: string;
  endsAt: number;
  /** True if another secret was created to replace it. */
  retiring: boolean;
}

export interface Key {
  readonly id: string;
  readonly kind: KeyKind;
  readonly name: string;
  readonly oid: string | undefined;
  /** E-mail address, or the uid of an API user. */
  readonly user: string | undefined;
  readonly flairs: ReadonlySet<Flair>;
  grants: ReadonlySet<string>;
  expires: number;
  ranges: string | undefined;
  readonly identity: Identity;
  readonly madeBy: string | undefined;
  /** Organizations of a service key; undefined for all. */
  readonly serves?: readonly string[] | undefined;
  state: 'live' | 'disabled' | 'revoked';
  readonly secrets: Secret[];
  /** Its last rotation by itself, for a repetition. */
  rotation?: { readonly idempotencyKey: string; readonly from: Secret; readonly made: Secret };
}

export interface Token {
  readonly text: string;
  readonly permissions: ReadonlyMap<string, ReadonlySet<string>>;
  readonly narrowed: boolean;
  readonly onBehalf: boolean;
  readonly exp: number;
  ended: boolean;
}

export interface Credential {
  readonly key: Key;
  readonly secret: Secret;
  readonly token?: Token;
}

export interface User {
  /** E-mail address, or the uid of an API user. */
  readonly name: string;
  /** Undefined until a caller was told it. */
  readonly uid: string | undefined;
  /** Of an API user: its organization. */
  readonly home: string | undefined;
  state: 'active' | 'inactive' | 'gone';
}

/** The giver of something, and the time. */
export interface Given {
  readonly by: Credential | undefined;
  readonly at: number;
}

export interface Membership extends Given {
  /** Callers that changed it later. */
  readonly more: Given[];
  role: string;
  readonly grants: Set<string>;
}

export interface Group {
  readonly gid: string;
  readonly owners: Set<string>;
  readonly members: Map<string, Given>;
  readonly organizations: Map<string, Given>;
  readonly children: Set<string>;
  /** Callers that set its permissions, or nested it. */
  readonly changes: Given[];
  permissions: ReadonlySet<string>;
}

export interface Policy extends Given {
  readonly oid: string;
  readonly name: string;
  readonly grants: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface Resource {
  readonly oid: string;
  readonly name: string;
  readonly createdBy: string;
  lockedBy: string | undefined;
  secretTo: number | undefined;
  content: string;
}

export interface AuthorityModel {
  now: number;
  readonly catalogue: readonly { readonly name: string; readonly privileged: boolean }[];
  readonly organizations: Map<string, 'live' | 'gone'>;
  readonly users: Map<string, User>;
  readonly memberships: Map<string, Membership>;
  /** Pairs of user and organization: that agreed, and that said no or were removed. */
  readonly accepted: Set<string>;
  readonly refused: Set<string>;
  /** Pairs of which the design leaves open which offers were void. */
  readonly doubtful: Set<string>;
  readonly groups: Map<string, Group>;
  readonly policies: Map<string, Policy>;
  readonly keys: Map<string, Key>;
  readonly identities: Map<string, Identity>;
  readonly tokens: Credential[];
  readonly resources: Map<string, Resource>;
  /** Pairs that agreed at some time: what a user did then stays in the audit. */
  readonly met: Set<string>;
  /** `giver user` for addresses that the giver entered. */
  readonly addresses: Set<string>;
  nextSecretId: number;
}

export const OFFER_MS = 30 * 86_400_000;

export function newWorld(now: number, catalogue: AuthorityModel['catalogue']): AuthorityModel {
  return {
    now,
    catalogue,
    organizations: new Map(),
    users: new Map(),
    memberships: new Map(),
    accepted: new Set(),
    refused: new Set(),
    doubtful: new Set(),
    groups: new Map(),
    policies: new Map(),
    keys: new Map(),
    identities: new Map(),
    tokens: [],
    resources: new Map(),
    met: new Set(),
    addresses: new Set(),
    nextSecretId: 1,
  };
}

export const pairOf = (user: string, oid: string): string => `${user} ${oid}`;

export function flairsOf(name: string): ReadonlySet<Flair> {
  const flairs: readonly Flair[] = ['bulk', 'lock', 'secret', 'segment', 'root'];
  return new Set(flairs.filter((flair) => name.includes(`[${flair}]`)));
}

export const isFamily = (grant: string): boolean => grant.endsWith('.*');

/** Concrete permissions of grants: a family holds none that is privileged. */
export function expand({ catalogue }: AuthorityModel, grants: Iterable<string>): Set<string> {
  const found = new Set<string>();
  for (const grant of grants) {
    if (!isFamily(grant)) found.add(grant);
    else
      for (const { name, privileged } of catalogue)
        if (!privileged && name.startsWith(grant.slice(0, -1))) found.add(name);
  }
  return found;
}

export const everything = ({ catalogue }: AuthorityModel): readonly string[] => catalogue.map(({ name }) => name);

/** One way by which a user is given something in an organization, with who had a hand in it. */
interface Way {
  readonly grants: Iterable<string>;
  /** All who may count as having given it. */
  readonly given: readonly Given[];
}

/** Groups that a user is in, and who put them there: a member of a nested one is in those around it. */
function groupsOf(world: AuthorityModel, user: string): readonly (readonly [Group, Given])[] {
  return [...world.groups.values()].flatMap((direct) => {
    const given = direct.members.get(user);
    if (given === undefined) return [];
    const found = new Set([direct]);
    for (const inner of found) {
      for (const outer of world.groups.values()) if (outer.children.has(inner.gid)) found.add(outer);
    }
    return [...found].map((group) => [group, given] as const);
  });
}

function waysOf(world: AuthorityModel, user: string, oid: string): readonly Way[] {
  if (world.organizations.get(oid) !== 'live' || world.users.get(user)?.state !== 'active') return [];
  const membership = world.memberships.get(pairOf(user, oid));
  const own = membership === undefined ? [] : [{ grants: membership.grants, given: [membership, ...membership.more] }];
  const home = world.users.get(user)?.home;
  if (home !== undefined && home !== oid) return own;
  const policies = [...world.policies.values()].filter((policy) => policy.oid === oid);
  const through = groupsOf(world, user).flatMap(([{ gid, organizations, permissions, changes }, member]): Way[] => {
    const attached = organizations.get(oid);
    return [
      ...(attached === undefined ? [] : [{ grants: permissions, given: [member, attached, ...changes] }]),
      ...policies.flatMap(({ grants, by, at }) => {
        const granted = grants.get(gid);
        return granted === undefined ? [] : [{ grants: granted, given: [member, { by, at }, ...changes] }];
      }),
    ];
  });
  return [...own, ...through];
}

/** Returns what a user would hold in an organization after accepting it, as granted. */
export function offeredTo(world: AuthorityModel, user: string, oid: string): Set<string> {
  return new Set(waysOf(world, user, oid).flatMap(({ grants }) => [...grants]));
}

/** True if there is an offer to accept, even if it is of a group that gives nothing yet. */
export const isOffered = (world: AuthorityModel, user: string, oid: string): boolean =>
  waysOf(world, user, oid).length > 0;

/**
 * Returns the offered grants whose givers can still give them: one of those who could have given it, or all of them.
 */
export function goodOffersTo(
  world: AuthorityModel,
  user: string,
  oid: string,
  asked: 'some' | 'every' = 'some',
): Set<string> {
  const ways = waysOf(world, user, oid);
  // What a place in a group gives without an offer of its own can be given by a caller who has offered something else.
  const givers =
    asked === 'some' ? ways.flatMap(({ given }) => given).filter(({ at }) => world.now - at < OFFER_MS) : [];
  const good = ways.flatMap(({ grants, given }) =>
    [...expand(world, grants)].filter(
      (permission) =>
        given[asked]((each) => mayStillGive(world, each, oid, permission)) ||
        givers.some((each) => mayStillGive(world, each, oid, permission)),
    ),
  );
  return new Set(good);
}

function mayStillGive(world: AuthorityModel, { by, at }: Given, oid: string, permission: string): boolean {
  if (world.now - at >= OFFER_MS) return false;
  if (by === undefined) return true;
  const { user, identity } = by.key;
  if (user !== undefined) return expand(world, grantsOfUser(world, user, oid)).has(permission);
  const keys = [...world.keys.values()].filter((key) => key.identity === identity && key.state === 'live');
  return keys.some((key) => expand(world, grantsOf(world, key, oid)).has(permission));
}

/** True if a user has accepted an organization. An API user has accepted its own. */
export function hasAccepted(world: AuthorityModel, user: string, oid: string): boolean {
  return world.accepted.has(pairOf(user, oid)) || world.users.get(user)?.home === oid;
}

/** Returns what a user holds in an organization, as granted. */
export function grantsOfUser(world: AuthorityModel, user: string, oid: string): Set<string> {
  return hasAccepted(world, user, oid) ? offeredTo(world, user, oid) : new Set();
}

export function isOwner(world: AuthorityModel, user: string | undefined, oid: string): boolean {
  if (user === undefined || world.organizations.get(oid) !== 'live' || !hasAccepted(world, user, oid)) return false;
  return world.memberships.get(pairOf(user, oid))?.role === 'Owner' && world.users.get(user)?.state === 'active';
}

export function ownersOf(world: AuthorityModel, oid: string): readonly string[] {
  return [...world.users.keys()].filter((user) => isOwner(world, user, oid));
}

/** Returns the keys of a user that were not revoked or disabled. */
export const liveKeysOf = (world: AuthorityModel, user: string): readonly Key[] =>
  [...world.keys.values()].filter((key) => key.user === user && key.state === 'live');

/** Addresses that the walk has none of. A key that is changed to them is let in no more. */
export const ELSEWHERE = '192.0.2.0/24';
export const IS_ELSEWHERE = 'the key is for other addresses';

/** Returns why a credential is no longer valid. Undefined if it is valid. */
export function endOf(world: AuthorityModel, { key, secret, token }: Credential): string | undefined {
  if (key.state !== 'live') return `the key is ${key.state}`;
  if (world.now >= key.expires) return 'the key has expired';
  if (token === undefined && key.ranges === ELSEWHERE) return IS_ELSEWHERE;
  if (world.now >= secret.endsAt) return 'the secret was rotated out';
  if (key.oid !== undefined && world.organizations.get(key.oid) !== 'live') return 'the organization is gone';
  if (key.user !== undefined && world.users.get(key.user)?.state !== 'active') return 'the user is not active';
  if (token === undefined) return undefined;
  if (token.ended) return 'the token was revoked';
  return world.now >= token.exp ? 'the token has expired' : undefined;
}

export const isAlive = (world: AuthorityModel, credential: Credential): boolean =>
  endOf(world, credential) === undefined;

/** True for a whole credential, which acts in a user's own name need. */
export function isWhole(world: AuthorityModel, { key, token }: Credential): boolean {
  if (key.kind !== 'user' || key.flairs.has('segment') || key.user === undefined) return false;
  if (world.users.get(key.user)?.home !== undefined) return false;
  return token === undefined || (!token.narrowed && !token.onBehalf);
}

export function isOwnerHere(world: AuthorityModel, credential: Credential, oid: string): boolean {
  return isWhole(world, credential) && isOwner(world, credential.key.user, oid);
}

/** Returns what a key was granted in an organization, by itself or through its user. */
export function grantsOf(world: AuthorityModel, key: Key, oid: string): Set<string> {
  if (key.kind === 'organization' || key.kind === 'federation') {
    return key.oid === oid ? new Set(key.grants) : new Set();
  }
  if (key.user === undefined || (key.kind === 'api-user' && key.oid !== oid)) return new Set();
  return grantsOfUser(world, key.user, oid);
}

/** Concrete permissions that a credential can use in an organization. */
export function permissionsOf(world: AuthorityModel, { key, token }: Credential, oid: string): Set<string> {
  const held = expand(world, grantsOf(world, key, oid));
  if (token === undefined) return held;
  const carried = token.permissions.get(oid);
  return new Set([...held].filter((permission) => carried?.has(permission)));
}

/** Returns the permissions for acts in a user's own name. They do not depend on the organization that a token names. */
export function ownPermissions(world: AuthorityModel, credential: Credential, oid: string): Set<string> {
  if (!isWhole(world, credential)) return new Set();
  return expand(world, grantsOf(world, credential.key, oid));
}

/** True if the credential has `root` or `bulk` to grant. */
export function hasFlair(world: AuthorityModel, credential: Credential, flair: 'root' | 'bulk', oid: string): boolean {
  if (isOwnerHere(world, credential, oid)) return true;
  const { flairs, kind, user } = credential.key;
  return flairs.has(flair) && (kind !== 'user' || isOwner(world, user, oid));
}

export function isSegmented(world: AuthorityModel, credential: Credential, oid: string): boolean {
  return credential.key.flairs.has('segment') && !hasFlair(world, credential, 'root', oid);
}

/** True if a segmented key can know a key: it created the key or its identity, or it is that key. */
export function maySeeKey(world: AuthorityModel, actor: Credential, key: Key): boolean {
  if (key.oid === undefined || !isSegmented(world, actor, key.oid)) return true;
  const { id } = actor.key.identity;
  return key.madeBy === id || key.identity.madeBy === id || key.identity.id === id;
}

export function mayKnow(world: AuthorityModel, actor: Credential, { oid, createdBy }: Resource): boolean {
  return !isSegmented(world, actor, oid) || createdBy === actor.key.identity.id;
}

export function mayRead({ key }: Credential, { secretTo }: Resource): boolean {
  return secretTo === undefined || secretTo === key.identity.secretId;
}

/** Returns the permissions by `user oid`, with `Owner` for owners. */
export function reachOf(world: AuthorityModel): Map<string, ReadonlySet<string>> {
  const reach = new Map<string, ReadonlySet<string>>();
  for (const user of world.users.keys()) {
    for (const oid of world.organizations.keys()) {
      const held = expand(world, grantsOfUser(world, user, oid));
      if (isOwner(world, user, oid)) held.add('Owner');
      if (held.size > 0) reach.set(pairOf(user, oid), held);
    }
  }
  return reach;
}

/** True if all offers can still be given. Only then acceptance gives exactly what was offered. */
export function isCertain(world: AuthorityModel, user: string, oid: string): boolean {
  if (world.refused.has(pairOf(user, oid))) return false;
  const good = goodOffersTo(world, user, oid, 'every');
  const given = waysOf(world, user, oid).flatMap((way) => way.given);
  const isOld = given.some(({ at }) => world.now - at >= OFFER_MS);
  return !isOld && [...expand(world, offeredTo(world, user, oid))].every((permission) => good.has(permission));
}

/** Returns the person that a credential acts for: the user of the key, or else its identity. */
export const personOf = ({ key }: Credential): string => key.user ?? key.identity.id;

/**
 * True if an answer can show this address: the caller entered it, or it is the caller's own or that of a user it
 * manages.
 */
export function maySeeAddress(
  world: AuthorityModel,
  actor: Credential,
  user: string,
  oid: string | undefined,
): boolean {
  if (actor.key.user === user || world.addresses.has(`${personOf(actor)} ${user}`)) return true;
  // What a user did in an organization they have accepted carries their name there.
  if (oid !== undefined && world.met.has(pairOf(user, oid))) return true;
  return [...world.organizations.keys()].some(
    (each) => hasAccepted(world, user, each) && permissionsOf(world, actor, each).has('user.ctrl'),
  );
}
