import { addKey, endKey, endTokens, identityIdOf, rotate } from './change.ts';
import { type Command, type CommandFixture, FLAIRED } from './command.ts';
import { escalation, isWider, lacks, notFound, type Reason, type Target } from './judge.ts';
import {
  type AuthorityModel,
  type Credential,
  expand,
  flairsOf,
  grantsOfUser,
  isOwnerHere,
  isSegmented,
  type Key,
  liveKeysOf,
  maySeeKey,
} from './model.ts';

const NEVER = Number.POSITIVE_INFINITY;

/** A key of an organization as it is asked for. */
export interface AskedKey {
  readonly oid: string;
  readonly name: string;
  readonly grants: readonly string[];
  readonly ranges: string | undefined;
  /** Unix time of its expiry. */
  readonly seconds?: number | undefined;
}

/** Creates a key of an organization. */
export function creation({ world }: CommandFixture, actor: Credential, asked: AskedKey): Command {
  const { oid, name, grants, ranges, seconds } = asked;
  const expires = seconds === undefined ? NEVER : seconds * 1000;
  const made = { kind: 'organization', name, oid, grants, ranges, expires } as const;
  return {
    route: 'POST /v1/orgs/{oid}/keys',
    path: `/v1/orgs/${oid}/keys`,
    fields: {
      key_name: name,
      perms: grants.join(),
      ...(ranges === undefined ? {} : { allowed_ip_range: ranges }),
      ...(seconds === undefined ? {} : { expires: String(seconds) }),
    },
    forbidden:
      lacks(world, actor, oid, 'apikey.ctrl') ??
      escalation(world, actor, oid, { ...made, flairs: flairsOf(name) }) ??
      notFree(world, actor, identityIdOf(made)),
    done: ({ body }) => void addKey(world, actor, { ...made, id: body.key_hash, text: body.api_key }),
  };
}

/** A rotation as it is asked for. */
export interface AskedRotation {
  readonly oid: string;
  readonly key: Key;
  readonly overlap: number | undefined;
  readonly idempotencyKey?: string;
}

/** Rotates a key. */
export function rotation({ world }: CommandFixture, actor: Credential, asked: AskedRotation): Command {
  const { oid, key, overlap, idempotencyKey } = asked;
  const repeat = key === actor.key && actor.token === undefined ? key.rotation : undefined;
  const isRepeat = repeat !== undefined && repeat.idempotencyKey === idempotencyKey && repeat.from === actor.secret;
  return {
    route: 'POST /v1/orgs/{oid}/keys/{key_hash}/rotate',
    path: `/v1/orgs/${oid}/keys/${key.id}/rotate`,
    fields: overlap === undefined ? {} : { overlap: String(overlap) },
    headers: idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey },
    forbidden: notRotated(world, actor, oid, { key, isRepeat }),
    done({ body }) {
      const { secret } = actor;
      if (isRepeat) {
        const end = secret.endsAt;
        repeat.made.endsAt = world.now;
        const made = rotate(world, key, body.api_key, overlap ?? 3600);
        secret.endsAt = end;
        key.rotation = { ...repeat, made };
        return;
      }
      const own = key === actor.key && actor.token === undefined && overlap !== 0;
      const made = rotate(world, key, body.api_key, own ? Math.max(60, overlap ?? 3600) : (overlap ?? 3600));
      if (idempotencyKey !== undefined && key === actor.key) key.rotation = { idempotencyKey, from: secret, made };
      else delete key.rotation;
    },
  };
}

interface Rotated {
  readonly key: Key;
  readonly isRepeat: boolean;
}

function notRotated(world: AuthorityModel, actor: Credential, oid: string, { key, isRepeat }: Rotated): Reason {
  const isItself = key === actor.key;
  if (actor.secret.retiring && !isRepeat) return 'its secret is being rotated out';
  if (isItself && actor.token === undefined) return undefined;
  const asked = lacks(world, actor, oid, 'apikey.ctrl') ?? notFound(world, actor, oid, key);
  if (asked !== undefined) return asked;
  if (key.state === 'revoked') return 'it was revoked';
  if (isItself) return undefined;
  if (key.flairs.has('secret') && !isOwnerHere(world, actor, oid)) return 'its content is secret to it';
  return escalation(world, actor, oid, key);
}

/** A change of a key as it is asked for. What is left out stays. */
export interface AskedChange {
  readonly oid: string;
  readonly key: Key;
  readonly grants?: readonly string[];
  readonly ranges?: { readonly to: string | undefined };
  /** Unix time of its expiry, or 0 for never. */
  readonly seconds?: number;
  readonly description?: string;
  /** Value of `If-Match`. */
  readonly version: string;
}

/** Changes a key of an organization. */
export function change({ world }: CommandFixture, actor: Credential, asked: AskedChange): Command {
  const { oid, key, grants, ranges, seconds, description, version } = asked;
  const after = changed(asked);
  const isWidened = after.expires > key.expires || isWider(after.ranges, key.ranges);
  const isSame = sameSet(after.grants, key.grants) && after.expires === key.expires && after.ranges === key.ranges;
  return {
    route: 'PATCH /v1/orgs/{oid}/keys/{key_hash}',
    path: `/v1/orgs/${oid}/keys/${key.id}`,
    headers: { 'If-Match': version },
    fields: {
      ...(grants === undefined ? {} : { perms: grants.join() }),
      ...(ranges === undefined ? {} : { allowed_ip_range: ranges.to ?? '' }),
      ...(seconds === undefined ? {} : { expires: String(seconds) }),
      ...(description === undefined ? {} : { description }),
    },
    forbidden: notChanged(world, actor, asked) ?? (isWidened ? notWidened(world, actor, asked) : undefined),
    due: isWidened || isSegmented(world, actor, oid) ? undefined : 'a key can always be narrowed',
    done({ text }) {
      if (!isSame) endTokens(world, ({ key: of }) => of === key);
      Object.assign(key, { grants: after.grants, expires: after.expires, ranges: after.ranges });
      const { grants: answered } = JSON.parse(text) as { readonly grants: readonly string[] };
      const told = new Set(answered);
      return sameSet(told, after.grants) ? undefined : [`the answer names ${[...told].join()} as its permissions`];
    },
  };
}

const sameSet = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
  one.size === other.size && [...one].every((each) => other.has(each));

/** The first grant that the key did not have. */
function notNarrower(world: AuthorityModel, key: Key, grants: Iterable<string>): Reason {
  const held = new Set([...key.grants, ...expand(world, key.grants)]);
  const more = [...grants].find((grant) => !held.has(grant));
  return more === undefined ? undefined : `${more} is more than the key has`;
}

function notChanged(world: AuthorityModel, actor: Credential, asked: AskedChange): Reason {
  const { oid, key, version } = asked;
  const missing = lacks(world, actor, oid, 'apikey.ctrl') ?? notFound(world, actor, oid, key);
  if (missing !== undefined) return missing;
  if (key.state === 'revoked') return 'it was revoked';
  if (world.now >= key.expires) return 'it has expired';
  return version === '*' ? notNarrower(world, key, changed(asked).grants) : 'the version is another';
}

/** A caller who has the text of a key could go on by a wider one, so it is checked like a new key. */
function notWidened(world: AuthorityModel, actor: Credential, asked: AskedChange): Reason {
  const { oid, key } = asked;
  if (key.flairs.has('secret') && !isOwnerHere(world, actor, oid)) return 'its content is secret to it';
  return escalation(world, actor, oid, changed(asked));
}

/** Returns the key as the change would leave it. */
function changed({ key, grants, ranges, seconds }: AskedChange): Target & { readonly grants: ReadonlySet<string> } {
  const { flairs, expires } = key;
  return {
    flairs,
    grants: new Set(grants ?? key.grants),
    expires: seconds === undefined ? expires : seconds === 0 ? NEVER : seconds * 1000,
    ranges: ranges === undefined ? key.ranges : ranges.to,
  };
}

/** A route that ends a key, and the state it leaves. */
export type Ending = readonly [route: string, verb: string, state: 'disabled' | 'revoked'];

export const REVOKE: Ending = ['DELETE', '', 'revoked'];
export const DISABLE: Ending = ['POST', '/HASH/disable', 'disabled'];

interface AskedEnding {
  readonly oid: string;
  readonly key: Key;
  readonly how: Ending;
}

/** Ends a key. */
export function endingOf({ world }: CommandFixture, actor: Credential, { oid, key, how }: AskedEnding): Command {
  const [method, verb, state] = how;
  const isRevoked = key.state === 'revoked';
  const missing = lacks(world, actor, oid, 'apikey.ctrl') ?? notFound(world, actor, oid, key);
  const isDue = !isRevoked && !isSegmented(world, actor, oid) && world.now < key.expires;
  return {
    route: `${method} /v1/orgs/{oid}/keys${verb.replace('HASH', '{key_hash}')}`,
    path: `/v1/orgs/${oid}/keys${verb.replace('HASH', key.id)}`,
    fields: verb === '' ? { key_hash: key.id } : {},
    forbidden: missing,
    due: isDue ? 'ending a key is always possible' : undefined,
    done() {
      if (!isRevoked) endKey(world, key, state);
      return undefined;
    },
  };
}

/** Revokes the tokens of an organization. */
export function revocationOfTokens({ world }: CommandFixture, actor: Credential, oid: string): Command {
  return {
    route: 'POST /v1/orgs/{oid}/tokens/revoke',
    path: `/v1/orgs/${oid}/tokens/revoke`,
    forbidden: lacks(world, actor, oid, 'apikey.ctrl'),
    due: isSegmented(world, actor, oid) ? undefined : 'ending tokens is always possible',
    done() {
      endTokens(world, ({ token }) => token?.permissions.has(oid) === true);
      return undefined;
    },
  };
}

/** Replaces the key of an API user. */
export function replacement({ world, random }: CommandFixture, actor: Credential, oid: string, user: string): Command {
  const name = `a${random.below(4)}${random.pick(FLAIRED)}`;
  const target = {
    grants: grantsOfUser(world, user, oid),
    flairs: flairsOf(name),
    expires: Number.POSITIVE_INFINITY,
    ranges: undefined,
  };
  const isOther = world.users.get(user)?.home !== oid;
  return {
    route: 'POST /v1/orgs/{oid}/api_users/{uid}/key',
    path: `/v1/orgs/${oid}/api_users/${user}/key`,
    fields: { key_name: name },
    forbidden:
      lacks(world, actor, oid, 'user.ctrl') ??
      (isOther ? 'it is of another organization' : escalation(world, actor, oid, target)) ??
      (actor.secret.retiring ? 'its secret is being rotated out' : undefined),
    done({ body }) {
      for (const key of liveKeysOf(world, user)) endKey(world, key, 'revoked');
      addKey(world, actor, { kind: 'api-user', name, user, oid, id: body.key_hash, text: body.api_key });
      return undefined;
    },
  };
}

/** A name is free when its last key is dead; a segmented key takes up only what it made. */
export function notFree(world: AuthorityModel, actor: Credential, identity: string): Reason {
  const keys = [...world.keys.values()].filter((key) => key.identity.id === identity);
  if (keys.some(({ state, expires }) => state !== 'revoked' && world.now < expires)) return 'the name is taken';
  const last = keys.at(-1);
  if (last === undefined || maySeeKey(world, actor, last)) return undefined;
  return 'a segmented key makes again what it did not make';
}
