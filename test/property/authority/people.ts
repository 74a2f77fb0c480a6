import type { Received } from '../../flow/running-service.ts';
import { replacement } from './asked-keys.ts';
import { accept, deleteOrganization, endKeysOf, leave } from './change.ts';
import {
  type Command,
  type CommandFixture,
  type Maker,
  nameFor,
  someMember,
  someOid,
  somePermissions,
  someUser,
} from './command.ts';
import { beyondOf, isLastOwner, lacks, mayMakeOwner, notWhole, type Reason, widened } from './judge.ts';
import {
  type AuthorityModel,
  type Credential,
  everything,
  goodOffersTo,
  hasAccepted,
  isCertain,
  isFamily,
  isOwner,
  isSegmented,
  liveKeysOf,
  OFFER_MS,
  offeredTo,
  ownPermissions,
  pairOf,
  permissionsOf,
} from './model.ts';
import { notOffered } from './tokens.ts';

const ROLES = ['Owner', 'Administrator', 'Operator', 'Viewer', 'Basic'] as const;

/** Addresses that no user had before. Each can become that of a user. */
const strangers = Array.from({ length: 8 }, (_, index) => `stranger-${index}@other.example`);

const someAddress = (scene: CommandFixture): string =>
  scene.random.chance(0.1) ? scene.random.pick(strangers) : someUser(scene);

/** An API user is of one organization and can be added to no other. */
function elsewhere({ users }: AuthorityModel, user: string, oid: string): Reason {
  const home = users.get(user)?.home;
  return home === undefined || home === oid ? undefined : 'an API user is of its own organization';
}

function offer({ world }: CommandFixture, actor: Credential, user: string, oid: string): void {
  if (!world.users.has(user)) world.users.set(user, { name: user, uid: undefined, home: undefined, state: 'active' });
  const pair = pairOf(user, oid);
  const given = { by: actor, at: world.now };
  const membership = world.memberships.get(pair);
  if (membership !== undefined) membership.more.push(given);
  else world.memberships.set(pair, { ...given, more: [], role: 'member', grants: new Set() });
}

export const addUser: Maker = (scene, actor) => {
  const { world } = scene;
  const oid = someOid(scene, actor);
  const email = someAddress(scene);
  return {
    route: 'POST /v1/orgs/{oid}/users',
    path: `/v1/orgs/${oid}/users`,
    fields: { email: nameFor(scene, actor, email) },
    forbidden: lacks(world, actor, oid, 'user.ctrl') ?? elsewhere(world, email, oid),
    done: () => widened(world, actor, false, () => offer(scene, actor, email, oid)),
  };
};

export const inviteUser: Maker = (scene, actor) => {
  const { world } = scene;
  const oid = someOid(scene, actor);
  const email = someAddress(scene);
  const may = ownPermissions(world, actor, oid).has('user.ctrl');
  return {
    route: 'POST /v1/users/invite',
    path: '/v1/users/invite',
    fields: { email: nameFor(scene, actor, email), oid },
    forbidden: notWhole(world, actor) ?? (may ? elsewhere(world, email, oid) : 'user.ctrl is not held'),
    done: () => widened(world, actor, true, () => offer(scene, actor, email, oid)),
  };
};

export const removeUser: Maker = (scene, actor) => {
  const { world } = scene;
  const oid = someOid(scene, actor);
  const email = someMember(scene, oid);
  return {
    route: 'DELETE /v1/orgs/{oid}/users',
    path: `/v1/orgs/${oid}/users`,
    fields: { email: nameFor(scene, actor, email) },
    forbidden:
      lacks(world, actor, oid, 'user.ctrl') ?? (isLastOwner(world, email, oid) ? 'it is the last owner' : undefined),
    done() {
      leave(world, email, oid);
      return undefined;
    },
  };
};

function pairsOf(email: string, permissions: readonly string[]): readonly (readonly [string, string])[] {
  return [['email', email], ...permissions.map((permission) => ['perm', permission] as const)];
}

export const grantToUser: Maker = (scene, actor) => {
  const { world } = scene;
  const oid = someOid(scene, actor);
  const email = someMember(scene, oid);
  const asked = somePermissions(scene, permissionsOf(world, actor, oid)).filter((grant) => !isFamily(grant));
  const has = world.memberships.get(pairOf(email, oid))?.grants;
  const added = asked.filter((grant) => !has?.has(grant));
  return {
    route: 'POST /v1/orgs/{oid}/users/permissions',
    path: `/v1/orgs/${oid}/users/permissions`,
    fields: pairsOf(nameFor(scene, actor, email), asked),
    forbidden:
      lacks(world, actor, oid, 'user.ctrl') ?? elsewhere(world, email, oid) ?? beyondOf(world, actor, oid, added),
    done: () =>
      widened(world, actor, false, () => {
        offer(scene, actor, email, oid);
        const { grants } = world.memberships.get(pairOf(email, oid)) ?? { grants: new Set<string>() };
        for (const grant of asked) grants.add(grant);
      }),
  };
};

export const takeFromUser: Maker = (scene, actor) => {
  const { world, random } = scene;
  const oid = someOid(scene, actor);
  const email = someMember(scene, oid);
  const membership = world.memberships.get(pairOf(email, oid));
  const held = [...(membership?.grants ?? [])];
  const taken = held.length > 0 ? [random.pick(held)] : ['dr.list'];
  return {
    route: 'DELETE /v1/orgs/{oid}/users/permissions',
    path: `/v1/orgs/${oid}/users/permissions`,
    fields: pairsOf(nameFor(scene, actor, email), taken),
    forbidden: lacks(world, actor, oid, 'user.ctrl'),
    done() {
      for (const grant of taken) membership?.grants.delete(grant);
      return undefined;
    },
  };
};

export const giveRole: Maker = (scene, actor) => {
  const { world, random } = scene;
  const oid = someOid(scene, actor);
  const email = someMember(scene, oid);
  const role = random.pick(ROLES);
  const isMade = role === 'Owner' && !mayMakeOwner(world, actor, oid) && !isOwner(world, email, oid);
  const isLast = role !== 'Owner' && isLastOwner(world, email, oid);
  return {
    route: 'PUT /v1/orgs/{oid}/users/role',
    path: `/v1/orgs/${oid}/users/role`,
    fields: { email: nameFor(scene, actor, email), role },
    forbidden:
      lacks(world, actor, oid, 'user.ctrl') ??
      elsewhere(world, email, oid) ??
      (isMade ? 'only an owner makes an owner' : isLast ? 'it is the last owner' : undefined),
    done({ text }) {
      const { permissions } = JSON.parse(text) as { readonly permissions: readonly string[] };
      return widened(world, actor, false, () => {
        offer(scene, actor, email, oid);
        const given = world.memberships.get(pairOf(email, oid));
        const grants = new Set(role === 'Owner' ? everything(world) : permissions);
        const by = { by: actor, at: given?.at ?? world.now };
        world.memberships.set(pairOf(email, oid), { ...by, more: given?.more ?? [], role, grants });
      });
    },
  };
};

export const createApiUser: Maker = (scene, actor) => {
  const { world, random } = scene;
  const oid = someOid(scene, actor);
  return {
    route: 'POST /v1/orgs/{oid}/api_users',
    path: `/v1/orgs/${oid}/api_users`,
    fields: { name: `sync ${random.below(1000)}` },
    forbidden: lacks(world, actor, oid, 'user.ctrl'),
    done({ text }) {
      const { uid } = JSON.parse(text) as { readonly uid: string };
      world.users.set(uid, { name: uid, uid, home: oid, state: 'active' });
      return undefined;
    },
  };
};

type OfApiUser = readonly [method: string, verb: string, what: (scene: CommandFixture, user: string) => void];

function forApiUser([method, verb, what]: OfApiUser): Maker {
  return (scene, actor) => {
    const { world } = scene;
    const oid = someOid(scene, actor);
    const user = someApiUser(scene, oid);
    if (user === undefined) return undefined;
    const { home, state } = world.users.get(user) ?? { home: undefined, state: 'gone' };
    const hasKey = verb !== '/key' || liveKeysOf(world, user).length > 0;
    const isDue = state === 'active' && hasKey && !isSegmented(world, actor, oid);
    return {
      route: `${method} /v1/orgs/{oid}/api_users/{uid}${verb}`,
      path: `/v1/orgs/${oid}/api_users/${user}${verb}`,
      forbidden: lacks(world, actor, oid, 'user.ctrl') ?? (home === oid ? undefined : 'it is of another organization'),
      due: isDue ? 'ending is always possible' : undefined,
      done() {
        what(scene, user);
        return undefined;
      },
    };
  };
}

function someApiUser({ world, random }: CommandFixture, oid: string): string | undefined {
  const all = [...world.users.values()].filter(({ home, state }) => home !== undefined && state !== 'gone');
  const own = all.filter(({ home }) => home === oid).slice(-4);
  const from = own.length > 0 && random.chance(0.9) ? own : all;
  return from.length > 0 ? random.pick(from).name : undefined;
}

export const deactivateApiUser = forApiUser([
  'POST',
  '/deactivate',
  ({ world }, user) => {
    endKeysOf(world, user);
    setState(world, user, 'inactive');
  },
]);
export const deleteApiUser = forApiUser([
  'DELETE',
  '',
  ({ world }, user) => {
    endKeysOf(world, user);
    setState(world, user, 'gone');
  },
]);
export const endApiUserKey = forApiUser(['DELETE', '/key', ({ world }, user) => endKeysOf(world, user)]);

function setState(world: AuthorityModel, name: string, state: 'active' | 'inactive' | 'gone'): void {
  const user = world.users.get(name);
  if (user !== undefined) user.state = state;
}

export const activateApiUser: Maker = (scene, actor) => {
  const { world } = scene;
  const oid = someOid(scene, actor);
  const user = someApiUser(scene, oid);
  if (user === undefined) return undefined;
  const { home, state } = world.users.get(user) ?? {};
  return {
    route: 'POST /v1/orgs/{oid}/api_users/{uid}/activate',
    path: `/v1/orgs/${oid}/api_users/${user}/activate`,
    forbidden: lacks(world, actor, oid, 'user.ctrl') ?? (home === oid ? undefined : 'it is of another organization'),
    done: () => (state === 'active' ? undefined : widened(world, actor, false, () => setState(world, user, 'active'))),
  };
};

export const replaceApiUserKey: Maker = (scene, actor) => {
  const oid = someOid(scene, actor);
  const user = someApiUser(scene, oid);
  return user === undefined ? undefined : replacement(scene, actor, oid, user);
};

export const createOrganization: Maker = ({ world, random }, actor) => {
  const live = [...world.organizations.values()].filter((state) => state === 'live').length;
  if (live > 8) return undefined;
  return {
    route: 'POST /v1/orgs/new',
    path: '/v1/orgs/new',
    fields: { name: `organization ${random.below(1000)}`, loc: 'usa' },
    forbidden: notWhole(world, actor),
    done({ body: { data } }: Received) {
      const { user = '' } = actor.key;
      world.organizations.set(data.oid, 'live');
      world.memberships.set(pairOf(user, data.oid), {
        by: undefined,
        at: world.now,
        more: [],
        role: 'Owner',
        grants: new Set(everything(world)),
      });
      accept(world, user, data.oid, true);
      return undefined;
    },
  };
};

export const removeOrganization: Maker = (scene, actor) => {
  const { world } = scene;
  const oid = someOid(scene, actor);
  return {
    route: 'DELETE /v1/orgs/{oid}',
    path: `/v1/orgs/${oid}`,
    forbidden: lacks(world, actor, oid, 'org.del'),
    done() {
      deleteOrganization(world, oid);
      return undefined;
    },
  };
};

const INVITATION = '/v1/user/invitations/{oid}';

function invitation(method: string, oid: string): Pick<Command, 'route' | 'path'> {
  return { route: `${method} ${INVITATION}`, path: INVITATION.replace('{oid}', oid) };
}

/** Organizations that offered the user something, mostly. */
function someOffer(scene: CommandFixture, actor: Credential): string {
  const { world, random } = scene;
  const { user = '' } = actor.key;
  const open = [...world.organizations.keys()].filter(
    (oid) => !hasAccepted(world, user, oid) && notOffered(world, user, oid) === undefined,
  );
  return open.length > 0 && random.chance(0.8) ? random.pick(open) : someOid(scene, actor);
}

export const acceptInvitation: Maker = (scene, actor) => {
  const { world } = scene;
  const { user = '' } = actor.key;
  const oid = someOffer(scene, actor);
  const has = hasAccepted(world, user, oid);
  return {
    ...invitation('POST', oid),
    ...(has ? {} : { after: { user, oid, atMost: goodOffersTo(world, user, oid) } }),
    forbidden:
      notWhole(world, actor) ?? (has ? undefined : (notOffered(world, user, oid) ?? expired(world, user, oid))),
    done() {
      if (!has) accept(world, user, oid, isCertain(world, user, oid));
      return undefined;
    },
  };
};

/** Returns the reason for an expired offer. A membership that is only offered is as old as its newest offer. */
function expired(world: AuthorityModel, user: string, oid: string): Reason {
  const membership = world.memberships.get(pairOf(user, oid));
  if (membership === undefined) return undefined;
  if ([membership, ...membership.more].some(({ at }) => world.now - at < OFFER_MS)) return undefined;
  const more = [...offeredTo(world, user, oid)].some((grant) => !membership.grants.has(grant));
  const inGroups = [...world.groups.values()].some(({ members }) => members.has(user));
  return more || inGroups ? undefined : 'the offer is too old';
}

export const declineInvitation: Maker = (scene, actor) => {
  const { world, random } = scene;
  const { user = '' } = actor.key;
  const oid = random.chance(0.5) ? someOffer(scene, actor) : someOid(scene, actor);
  const isMember = hasAccepted(world, user, oid) && world.memberships.has(pairOf(user, oid));
  return {
    ...invitation('DELETE', oid),
    forbidden: notWhole(world, actor) ?? (isLastOwner(world, user, oid) ? 'it is the last owner' : undefined),
    due: isMember && world.organizations.get(oid) === 'live' ? 'leaving is always possible' : undefined,
    done() {
      leave(world, user, oid);
      return undefined;
    },
  };
};

export const listInvitations: Maker = ({ world }, actor) => ({
  route: 'GET /v1/user/invitations',
  path: '/v1/user/invitations',
  forbidden: notWhole(world, actor),
  done({ text }) {
    const { user = '' } = actor.key;
    const told = [...world.organizations.keys()].filter((oid) => text.includes(oid));
    const wrong = told.filter((oid) => notOffered(world, user, oid) !== undefined);
    return wrong.map((oid) => `${oid} never offered anything`);
  },
});

export const listOrganizations: Maker = ({ world }, actor) => ({
  route: 'GET /v1/user/orgs',
  path: '/v1/user/orgs',
  // Any credential of a user, within what it is for.
  forbidden: actor.key.user === undefined ? 'it is of no user' : undefined,
  done({ text }) {
    const told = [...world.organizations.keys()].filter((oid) => text.includes(oid));
    const wrong = told.filter((oid) => !hasAccepted(world, actor.key.user ?? '', oid));
    return wrong.map((oid) => `${oid} is not the user's`);
  },
});

/** Routes that only show something of an organization. */
export const LOOKS: readonly Maker[] = [
  ['/v1/orgs/{oid}', 'org.get'],
  ['/v1/orgs/{oid}/audit', 'audit.get'],
  ['/v1/orgs/{oid}/users', 'user.ctrl'],
  ['/v1/orgs/{oid}/users/permissions', 'user.ctrl'],
  ['/v1/orgs/{oid}/api_users', 'user.ctrl'],
  ['/v1/orgs/{oid}/policies', 'user.ctrl'],
].map(([path = '', permission = '']) => (scene, actor) => {
  const oid = someOid(scene, actor);
  return {
    route: `GET ${path}`,
    path: path.replace('{oid}', oid),
    forbidden: lacks(scene.world, actor, oid, permission),
  };
});
