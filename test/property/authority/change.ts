import {
  type AuthorityModel,
  type Credential,
  everything,
  expand,
  flairsOf,
  type Identity,
  isOwnerHere,
  isWhole,
  type Key,
  type KeyKind,
  pairOf,
  type Secret,
} from './model.ts';

/** A key as it was asked for, and its text and id as they were answered. */
export interface NewKey {
  readonly kind: KeyKind;
  readonly name: string;
  readonly oid?: string | undefined;
  readonly user?: string | undefined;
  readonly grants?: Iterable<string>;
  readonly expires?: number;
  readonly ranges?: string | undefined;
  readonly serves?: readonly string[] | undefined;
  readonly id: string;
  readonly text: string;
}

export function identityIdOf({ kind, name, oid, user }: Pick<NewKey, 'kind' | 'name' | 'oid' | 'user'>): string {
  if (kind === 'api-user') return `api-user ${user}`;
  return `${kind} ${user ?? oid ?? ''} ${name}`;
}

/** Returns the id of a key, which is a part of its text. The audit names it. */
export const idIn = (text: string): string => text.slice('fg_'.length, 'fg_'.length + 10);

/** A key is made, or made again: what it made and locked goes on, what is secret to it only by who may say so. */
export function addKey(world: AuthorityModel, actor: Credential | undefined, made: NewKey): Key {
  const { kind, name, oid, user, id, text } = made;
  const identity = continueIdentity(world, actor, made);
  const key: Key = {
    id,
    kind,
    name,
    oid,
    user,
    flairs: flairsOf(name),
    grants: new Set(made.grants ?? []),
    expires: made.expires ?? Number.POSITIVE_INFINITY,
    ranges: made.ranges,
    serves: made.serves,
    identity,
    madeBy: actor?.key.identity.id,
    state: 'live',
    secrets: [{ text, endsAt: Number.POSITIVE_INFINITY, retiring: false }],
  };
  world.keys.set(id, key);
  return key;
}

function continueIdentity(world: AuthorityModel, actor: Credential | undefined, made: NewKey): Identity {
  const id = identityIdOf(made);
  const found = world.identities.get(id);
  if (found === undefined) {
    const identity = { id, secretId: world.nextSecretId++, madeBy: actor?.key.identity.id };
    world.identities.set(id, identity);
    return identity;
  }
  const isItself = actor?.key.identity === found && actor.token === undefined && !actor.secret.retiring;
  const isTheirs = actor !== undefined && isWhole(world, actor) && actor.key.user === made.user;
  const isOwn =
    actor === undefined || made.kind === 'user' || isItself || isTheirs || isOwnerHere(world, actor, made.oid ?? '');
  if (!isOwn) found.secretId = world.nextSecretId++;
  return found;
}

/** A second secret. The one before ends after the overlap, one before that at once, and so do the tokens. */
export function rotate(world: AuthorityModel, key: Key, text: string, overlapSeconds: number): Secret {
  const made = { text, endsAt: Number.POSITIVE_INFINITY, retiring: false };
  for (const secret of key.secrets) {
    const end = secret.retiring ? world.now : world.now + overlapSeconds * 1000;
    secret.endsAt = Math.min(secret.endsAt, end);
    secret.retiring = true;
  }
  key.secrets.push(made);
  endTokens(world, ({ key: of }) => of === key);
  return made;
}

export function endTokens(world: AuthorityModel, those: (credential: Credential) => boolean): void {
  for (const credential of world.tokens) {
    if (credential.token !== undefined && those(credential)) credential.token.ended = true;
  }
}

export function endKey(world: AuthorityModel, key: Key, state: 'disabled' | 'revoked'): void {
  key.state = state;
  endTokens(world, ({ key: of }) => of === key);
}

export function endKeysOf(world: AuthorityModel, user: string): void {
  for (const key of world.keys.values()) if (key.user === user) endKey(world, key, 'revoked');
}

export function accept(world: AuthorityModel, user: string, oid: string, isCertain: boolean): void {
  const pair = pairOf(user, oid);
  world.accepted.add(pair);
  world.met.add(pair);
  if (!isCertain) world.doubtful.add(pair);
}

/** Offers of those who may no longer give are void: whatever acceptance did not give, the user does not hold. */
export function learn(
  world: AuthorityModel,
  { user, oid }: { readonly user: string; readonly oid: string },
  told: ReadonlySet<string>,
): void {
  const membership = world.memberships.get(pairOf(user, oid));
  if (membership === undefined) return;
  for (const grant of membership.grants) {
    if (![...expand(world, [grant])].every((each) => told.has(each))) membership.grants.delete(grant);
  }
  if (everything(world).some((each) => !told.has(each))) membership.role = 'member';
}

/** A user leaves, says no, or is removed: whatever comes later is an offer again. */
export function leave(world: AuthorityModel, user: string, oid: string): void {
  const pair = pairOf(user, oid);
  world.memberships.delete(pair);
  world.accepted.delete(pair);
  world.doubtful.delete(pair);
  world.refused.add(pair);
}

export function deleteOrganization(world: AuthorityModel, oid: string): void {
  world.organizations.set(oid, 'gone');
  endTokens(world, ({ token }) => token?.permissions.has(oid) === true);
}
