import {
  type AuthorityModel,
  type Credential,
  ELSEWHERE,
  expand,
  type Flair,
  grantsOf,
  hasFlair,
  isFamily,
  isOwnerHere,
  isSegmented,
  isWhole,
  type Key,
  maySeeKey,
  ownersOf,
  ownPermissions,
  permissionsOf,
  reachOf,
} from './model.ts';

/** Reason why a command must be refused. Undefined if it can be allowed. */
export type Reason = string | undefined;

/** Rights of a secret that is created or widened. */
export interface Target {
  readonly grants: Iterable<string>;
  readonly flairs: ReadonlySet<Flair>;
  readonly expires: number;
  readonly ranges: string | undefined;
}

/** Address ranges the walk uses, each within the one before it. */
export const RANGES = [undefined, '127.0.0.0/8', '127.0.0.1/32'] as const;

const places = (ranges: string | undefined): number => ['', '127.0.0.0/8', '127.0.0.1/32'].indexOf(ranges ?? '');

/** True if the first ranges contain an address that the second ones do not. */
export function isWider(ranges: string | undefined, than: string | undefined): boolean {
  if (ranges === than || than === undefined) return false;
  if (ranges === ELSEWHERE || than === ELSEWHERE) return true;
  return places(ranges) < places(than);
}

/** Returns why a caller cannot use a route of an organization: it lacks what the route requires. */
export function lacks(world: AuthorityModel, actor: Credential, oid: string, permission: string): Reason {
  if (world.organizations.get(oid) !== 'live') return 'the organization is gone';
  return permissionsOf(world, actor, oid).has(permission) ? undefined : `${permission} is not held`;
}

export function notWhole(world: AuthorityModel, actor: Credential): Reason {
  return isWhole(world, actor) ? undefined : 'it is an act in the own name of a user';
}

/** Returns the parts of the target that exceed the actor. */
export function escalation(world: AuthorityModel, actor: Credential, oid: string, target: Target): Reason {
  const { key } = actor;
  const beyond = beyondOf(world, actor, oid, target.grants);
  if (beyond !== undefined) return beyond;
  for (const flair of ['root', 'bulk'] as const) {
    if (target.flairs.has(flair) && !hasFlair(world, actor, flair, oid)) return `${flair} is not held`;
  }
  if (isSegmented(world, actor, oid) && !target.flairs.has('segment')) return 'segment is not kept';
  if (target.expires > key.expires) return 'it outlives the key that acts';
  return isWider(target.ranges, key.ranges) ? 'it is let in from more addresses' : undefined;
}

/** The first grant that the actor has not. */
export function beyondOf(world: AuthorityModel, actor: Credential, oid: string, grants: Iterable<string>): Reason {
  const held = permissionsOf(world, actor, oid);
  const granted = grantsOf(world, actor.key, oid);
  for (const grant of grants) {
    if (isFamily(grant) && !granted.has(grant) && !isOwnerHere(world, actor, oid)) return `${grant} is not held`;
    for (const permission of expand(world, [grant])) if (!held.has(permission)) return `${permission} is not held`;
  }
  return undefined;
}

/** A key is found by the routes of its organization, by its kind, and by who may see it. */
export function notFound(world: AuthorityModel, actor: Credential, oid: string, key: Key): Reason {
  if (key.kind !== 'organization') return `it is no key of an organization but ${key.kind}`;
  if (key.oid !== oid) return 'it is a key of another organization';
  return maySeeKey(world, actor, key) ? undefined : 'a segmented key did not make it';
}

export function isLastOwner(world: AuthorityModel, user: string, oid: string): boolean {
  const owners = ownersOf(world, oid);
  return owners.length === 1 && owners[0] === user;
}

/** Returns the users to whom a change gives what the actor does not hold. */
export function widened(
  world: AuthorityModel,
  actor: Credential,
  ownName: boolean,
  change: () => void,
): readonly string[] {
  const before = reachOf(world);
  change();
  return [...reachOf(world)].flatMap(([pair, granted]) => {
    const gained = [...granted].filter((grant) => !before.get(pair)?.has(grant));
    return gained.length === 0 ? [] : beyondGiver(world, actor, { pair, gained, ownName });
  });
}

interface Gain {
  readonly pair: string;
  readonly gained: readonly string[];
  readonly ownName: boolean;
}

function beyondGiver(world: AuthorityModel, actor: Credential, { pair, gained, ownName }: Gain): readonly string[] {
  const [user = '', oid = ''] = pair.split(' ');
  const held = ownName ? ownPermissions(world, actor, oid) : permissionsOf(world, actor, oid);
  const may = (grant: string) => (grant === 'Owner' ? mayMakeOwner(world, actor, oid) : held.has(grant));
  const beyond = gained.filter((grant) => !may(grant)).map((grant) => `${user} is given ${grant} in ${oid}`);
  return isSegmented(world, actor, oid) ? [...beyond, `a segmented key gives ${user} something`] : beyond;
}

/** An owner counts as holding `root`, `bulk` and every family. */
export function mayMakeOwner(world: AuthorityModel, actor: Credential, oid: string): boolean {
  if (isOwnerHere(world, actor, oid)) return true;
  return hasFlair(world, actor, 'root', oid) && hasFlair(world, actor, 'bulk', oid);
}
