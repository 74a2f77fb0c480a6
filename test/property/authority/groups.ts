import type { Received } from '../../flow/running-service.ts';
import {
  type Command,
  type CommandFixture,
  type Maker,
  nameFor,
  someOid,
  somePermissions,
  someUser,
} from './command.ts';
import { beyondOf, lacks, notWhole, type Reason, widened } from './judge.ts';
import { type AuthorityModel, type Credential, expand, type Group, ownPermissions } from './model.ts';

function someGroup({ world, random }: CommandFixture, actor: Credential): Group | undefined {
  const all = [...world.groups.values()];
  const own = all.filter(({ owners }) => owners.has(actor.key.user ?? ''));
  const from = own.length > 0 && random.chance(0.8) ? own : all;
  return from.length > 0 ? random.pick(from) : undefined;
}

function notOwner(world: AuthorityModel, actor: Credential, group: Group): Reason {
  const whole = notWhole(world, actor);
  if (whole !== undefined) return whole;
  if (!world.groups.has(group.gid)) return 'the group is gone';
  return group.owners.has(actor.key.user ?? '') ? undefined : 'the group is of another user';
}

/** Returns the grants that the actor, in its user's own name, cannot give in an organization. */
function beyondOwn(world: AuthorityModel, actor: Credential, oid: string, grants: Iterable<string>): Reason {
  const held = ownPermissions(world, actor, oid);
  const beyond = [...expand(world, grants)].find((permission) => !held.has(permission));
  return beyond === undefined ? undefined : `${beyond} is not held in ${oid}`;
}

type Change = Pick<Command, 'forbidden'> &
  Partial<Pick<Command, 'fields'>> & { readonly apply: (group: Group) => void };

function change(route: string, make: (scene: CommandFixture, actor: Credential, group: Group) => Change): Maker {
  return (scene, actor) => {
    const group = someGroup(scene, actor);
    if (group === undefined) return undefined;
    const { apply, forbidden, ...more } = make(scene, actor, group);
    return {
      route,
      path: route.slice(route.indexOf('/')).replace('{gid}', group.gid),
      forbidden: notOwner(scene.world, actor, group) ?? forbidden,
      done: () => widened(scene.world, actor, true, () => apply(group)),
      ...more,
    };
  };
}

export const createGroup: Maker = ({ world, random }, actor) => {
  if ([...world.groups.values()].filter(({ owners }) => owners.size > 0).length > 14) return undefined;
  return {
    route: 'POST /v1/groups',
    path: '/v1/groups',
    fields: { name: `group ${random.below(1000)}` },
    forbidden: notWhole(world, actor),
    done({ text }: Received) {
      const { gid } = JSON.parse(text) as { readonly gid: string };
      const owners = new Set([actor.key.user ?? '']);
      world.groups.set(gid, {
        gid,
        owners,
        members: new Map(),
        organizations: new Map(),
        children: new Set(),
        changes: [],
        permissions: new Set(),
      });
      return undefined;
    },
  };
};

export const readGroup: Maker = (scene, actor) => {
  const group = someGroup(scene, actor);
  if (group === undefined) return undefined;
  const { user = '' } = actor.key;
  const isIn = group.owners.has(user) || group.members.has(user);
  return {
    route: 'GET /v1/groups/{gid}',
    path: `/v1/groups/${group.gid}`,
    forbidden: isIn ? undefined : 'it is not in the group',
  };
};

export const addMember = change('POST /v1/groups/{gid}/users', (scene, actor) => {
  const { world } = scene;
  const user = someUser(scene);
  const home = world.users.get(user)?.home;
  const may = home === undefined || ownPermissions(world, actor, home).has('user.ctrl');
  return {
    fields: { member_email: nameFor(scene, actor, user) },
    forbidden: may ? undefined : 'user.ctrl is not held where the API user is',
    apply({ members }) {
      if (!members.has(user)) members.set(user, { by: actor, at: world.now });
    },
  };
});

export const removeMember = change('DELETE /v1/groups/{gid}/users', (scene, actor, { members }) => {
  const user = members.size > 0 ? scene.random.pick([...members.keys()]) : someUser(scene);
  return {
    fields: { member_email: nameFor(scene, actor, user) },
    forbidden: undefined,
    apply: (group) => void group.members.delete(user),
  };
});

export const addOwner = change('POST /v1/groups/{gid}/owners', (scene, actor) => {
  const user = someUser(scene);
  return {
    fields: { member_email: nameFor(scene, actor, user) },
    forbidden: undefined,
    apply: ({ owners }) => void owners.add(user),
  };
});

export const removeOwner = change('DELETE /v1/groups/{gid}/owners', (scene, actor, { owners }) => {
  const user = owners.size > 0 ? scene.random.pick([...owners]) : someUser(scene);
  return {
    fields: { member_email: nameFor(scene, actor, user) },
    forbidden: undefined,
    apply: (group) => void group.owners.delete(user),
  };
});

export const addOrganization = change('POST /v1/groups/{gid}/orgs', (scene, actor, { permissions }) => {
  const { world } = scene;
  const oid = someOid(scene, actor);
  const isNothing = ownPermissions(world, actor, oid).size === 0;
  return {
    fields: { oid },
    forbidden: isNothing ? 'nothing is held there' : beyondOwn(world, actor, oid, permissions),
    apply({ organizations }) {
      if (!organizations.has(oid)) organizations.set(oid, { by: actor, at: world.now });
    },
  };
});

export const removeOrganizationOfGroup: Maker = (scene, actor) => {
  const group = someGroup(scene, actor);
  if (group === undefined) return undefined;
  const { world, random } = scene;
  const attached = [...group.organizations.keys()];
  const oid = attached.length > 0 ? random.pick(attached) : someOid(scene, actor);
  // Whoever governs users of the organization takes it out of anybody's group.
  const notGoverned = lacks(world, actor, oid, 'user.ctrl');
  return {
    route: 'DELETE /v1/groups/{gid}/orgs',
    path: `/v1/groups/${group.gid}/orgs`,
    fields: { oid },
    forbidden: notGoverned && notOwner(world, actor, group),
    done() {
      group.organizations.delete(oid);
      return undefined;
    },
  };
};

export const setPermissions = change('POST /v1/groups/{gid}/permissions', (scene, actor, group) => {
  const { world, random } = scene;
  const [first = someOid(scene, actor)] = group.organizations.keys();
  const asked = somePermissions(scene, ownPermissions(world, actor, first));
  const added = asked.filter((grant) => !group.permissions.has(grant));
  const live = [...group.organizations.keys()].filter((oid) => world.organizations.get(oid) === 'live');
  const beyond = live.map((oid) => beyondOwn(world, actor, oid, added)).find((reason) => reason !== undefined);
  return {
    fields: (random.chance(0.9) ? asked : []).map((grant) => ['perm', grant] as const),
    forbidden: beyond,
    apply(changed) {
      changed.permissions = new Set(asked);
      changed.changes.push({ by: actor, at: world.now });
    },
  };
});

function nesting(method: 'PUT' | 'DELETE'): Maker {
  const change = method === 'PUT' ? 'add' : 'delete';
  return (scene, actor) => {
    const { world } = scene;
    const outer = someGroup(scene, actor);
    const nested = world.groups.get([...(outer?.children ?? [])][0] ?? '');
    const inner = (method === 'DELETE' ? nested : undefined) ?? someGroup(scene, actor);
    if (outer === undefined || inner === undefined) return undefined;
    const [above, below] = [notOwner(world, actor, outer), notOwner(world, actor, inner)];
    return {
      route: `${method} /v1/groups/{gid}/groups/{child}`,
      path: `/v1/groups/${outer.gid}/groups/${inner.gid}`,
      forbidden: method === 'PUT' ? (above ?? below ?? circle(world, outer, inner)) : above && below,
      done: () =>
        widened(world, actor, true, () => {
          outer.children[change](inner.gid);
          for (const { changes } of [outer, inner]) changes.push({ by: actor, at: world.now });
        }),
    };
  };
}

function circle(world: AuthorityModel, outer: Group, inner: Group): Reason {
  const below = new Set([inner]);
  for (const group of below) {
    if (group === outer) return 'it would be in itself';
    for (const gid of group.children) {
      const child = world.groups.get(gid);
      if (child !== undefined) below.add(child);
    }
  }
  return undefined;
}

export const nest = nesting('PUT');
export const unnest = nesting('DELETE');

export const deleteGroup = change('DELETE /v1/groups/{gid}', ({ world }) => ({
  forbidden: undefined,
  apply(group) {
    world.groups.delete(group.gid);
    for (const { children } of world.groups.values()) children.delete(group.gid);
  },
}));

const ACTIONS = ['read', 'write'] as const;
const keyOf = (oid: string, name: string): string => `${oid} ${name}`;

export const putPolicy: Maker = (scene, actor) => {
  const { world, random } = scene;
  const oid = someOid(scene, actor);
  const group = someGroup(scene, actor);
  if (group === undefined) return undefined;
  const name = `p${random.below(3)}`;
  const actions = random.pick([['read'], ['write'], ACTIONS]);
  const granted = actions.map((action) => `company.${action}`);
  const before = world.policies.get(keyOf(oid, name))?.grants.get(group.gid);
  const added = granted.filter((grant) => !before?.has(grant));
  return {
    route: 'PUT /v1/orgs/{oid}/policies/{name}',
    path: `/v1/orgs/${oid}/policies/${name}`,
    json: { grants: { [group.gid]: { company: actions } } },
    forbidden: lacks(world, actor, oid, 'user.ctrl') ?? beyondOf(world, actor, oid, added),
    done: () =>
      widened(world, actor, false, () => {
        const grants = new Map([[group.gid, new Set(granted)]]);
        world.policies.set(keyOf(oid, name), { oid, name, grants, by: actor, at: world.now });
      }),
  };
};

export const deletePolicy: Maker = (scene, actor) => {
  const { world, random } = scene;
  const oid = someOid(scene, actor);
  const kept = [...world.policies.values()].find((policy) => policy.oid === oid);
  const name = kept?.name ?? `p${random.below(3)}`;
  return {
    route: 'DELETE /v1/orgs/{oid}/policies/{name}',
    path: `/v1/orgs/${oid}/policies/${name}`,
    forbidden: lacks(world, actor, oid, 'user.ctrl'),
    done() {
      world.policies.delete(keyOf(oid, name));
      return undefined;
    },
  };
};
