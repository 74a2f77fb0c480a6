import {
  addGroupMember,
  addGroupOwner,
  createGroup,
  createKey,
  deleteGroup,
  listGroups,
  nestGroup,
  readGroup,
  removeGroupMember,
  removeGroupOwner,
  setGroupPermissions,
} from '@flairgate/core/administration';
import { needed, permissions, unwrap } from '../harness/fixture.js';
import { cursorAfter, type Grown, type GrowthRoom, OPERATOR, PAGE } from './room.js';
import {
  coldAuthenticator,
  finds,
  idOf,
  ids,
  memberRows,
  newMember,
  newOrganization,
  organizationRows,
  PERMISSIONS,
  principalOf,
  userRows,
} from './rows.js';

const sizes = { usual: [100, 1000, 10_000] };
/** Members of each group, and groups of each user. */
const PLACES = 10;

const accepted = { accepted: '1', giver: 'null', address: 'null' };

/** Many groups with ten members each, attached to an organization of their own. */
export const groups: GrowthRoom<'groups'> = {
  name: 'groups',
  sizes: { SQLite: sizes, PostgreSQL: sizes },
  bytesPerRow: 5000,
  async begin(grown) {
    const { context } = grown;
    const authenticator = coldAuthenticator(grown);
    const home = await newOrganization(grown, 'home');
    return {
      grow: (from, to) => grown.fill(rowsOfGroups(grown), from, to),
      close: () => authenticator.close(),
      async cases(size) {
        const middle = Math.ceil(size / 2);
        const gid = idOf('group', middle);
        const { text, uid } = await newUserKey(grown, idOf('user', Math.max(1, middle - PLACES)));
        const principal = await principalOf(authenticator, text);
        const actor = { kind: 'principal', principal, address: undefined } as const;
        const deep = cursorAfter(grown, 'groups', idOf('group', Math.floor(size * 0.4)));
        let last = size;
        let email = '';
        let child = '';
        const page = { limit: PAGE };
        return {
          'user key found': finds([text, (await newUserKey(grown, uid)).text], authenticator),
          'group read': { run: async () => unwrap(await readGroup(context, OPERATOR, { gid })) },
          'page of groups': { run: async () => unwrap(await listGroups(context, OPERATOR, page)) },
          'page deep inside': {
            run: async () => unwrap(await listGroups(context, OPERATOR, { ...page, cursor: deep })),
          },
          'groups of a user': { run: async () => unwrap(await listGroups(context, actor, page)) },
          'member added': {
            async ready() {
              email = await newMember(grown, home);
              unwrap(await removeGroupMember(context, OPERATOR, { gid, email: await added(grown, gid) }));
            },
            run: async () => unwrap(await addGroupMember(context, OPERATOR, { gid, email })),
          },
          'member removed': {
            async ready() {
              email = await added(grown, gid);
            },
            run: async () => unwrap(await removeGroupMember(context, OPERATOR, { gid, email })),
          },
          'permissions set': {
            async run() {
              last -= 1;
              unwrap(await setGroupPermissions(context, OPERATOR, { gid, permissions: permissions.slice(last % 2) }));
            },
          },
          'group nested': {
            async ready() {
              child = unwrap(await createGroup(context, OPERATOR, { name: 'child' })).gid;
            },
            run: async () => unwrap(await nestGroup(context, OPERATOR, { gid: idOf('group', 1), child })),
            mostRuns: 20,
          },
          'group deleted': {
            async ready() {
              child = unwrap(await createGroup(context, OPERATOR, { name: 'ended' })).gid;
            },
            run: async () => unwrap(await deleteGroup(context, OPERATOR, { gid: child })),
          },
        };
      },
    };
  },
};

function rowsOfGroups({ numbered }: Grown) {
  const { id } = numbered;
  const places = Array.from({ length: PLACES }, (_, back) => {
    const uid = id(ids.user, undefined, `n - ${back}`);
    const where = `n > ${back}`;
    return [
      { table: 'flairgate_group_member', columns: { gid: id(ids.group), uid, ...accepted }, where },
      { table: 'flairgate_consent', columns: { uid, oid: id(ids.organization), accepted_at: '0' }, where },
    ];
  });
  return [
    organizationRows(numbered),
    userRows(numbered),
    {
      table: 'flairgate_group',
      columns: {
        gid: id(ids.group),
        name: id('group '),
        permissions: PERMISSIONS,
        created_by: 'null',
        created_at: '0',
        version: '1',
      },
    },
    { table: 'flairgate_group_organization', columns: { gid: id(ids.group), oid: id(ids.organization) } },
    ...places.flat(),
  ];
}

let keysMade = 0;

async function newUserKey({ context }: Grown, uid: string) {
  keysMade += 1;
  const made = await createKey(context, OPERATOR, { owner: { kind: 'user', uid }, name: `own ${keysMade}` });
  return { text: unwrap(made).text, uid };
}

/** Adds a new user to the group, and returns the uid. */
async function added(grown: Grown, gid: string): Promise<string> {
  const uid = await newMember(grown, await homeOf(grown));
  unwrap(await addGroupMember(grown.context, OPERATOR, { gid, email: uid }));
  return uid;
}

const homes = new WeakMap<Grown, Promise<string>>();

/** Returns an organization for users that only have to exist. */
function homeOf(grown: Grown): Promise<string> {
  const known = homes.get(grown) ?? newOrganization(grown, 'home of users');
  homes.set(grown, known);
  return known;
}

const membersOfOne = { usual: [10, 100, 1000, 10_000, 100_000] };

/** One group with many members, attached to one organization that all of them have accepted. */
export const oneGroup: GrowthRoom<'one group'> = {
  name: 'one group',
  sizes: { SQLite: membersOfOne, PostgreSQL: membersOfOne },
  bytesPerRow: 1500,
  async begin(grown) {
    const { context, numbered } = grown;
    const { id } = numbered;
    const oid = await newOrganization(grown);
    const { gid } = unwrap(await createGroup(context, OPERATOR, { name: 'large' }));
    await grown.store.write((tx) => tx.insert('groupOrganization', { gid, oid }));
    unwrap(await setGroupPermissions(context, OPERATOR, { gid, permissions: [needed] }));
    unwrap(await addGroupOwner(context, OPERATOR, { gid, email: await newMember(grown, oid) }));
    const place = { gid: `'${gid}'`, uid: id(ids.user), ...accepted };
    const rows = [
      userRows(numbered),
      ...memberRows(numbered, oid),
      { table: 'flairgate_group_member', columns: place },
    ];
    const authenticator = coldAuthenticator(grown);
    let turn = 0;
    return {
      grow: (from, to) => grown.fill(rows, from, to),
      close: () => authenticator.close(),
      async cases() {
        const { text } = await newUserKey(grown, idOf('user', 1));
        const actor = {
          kind: 'principal',
          principal: await principalOf(authenticator, text),
          address: undefined,
        } as const;
        let email = '';
        return {
          'group of a member read': { run: async () => unwrap(await readGroup(context, actor, { gid })) },
          'member added': {
            async ready() {
              if (email !== '') unwrap(await removeGroupMember(context, OPERATOR, { gid, email }));
              email = await newMember(grown, oid);
            },
            run: async () => unwrap(await addGroupMember(context, OPERATOR, { gid, email })),
          },
          'member removed': {
            async ready() {
              email = await newMember(grown, oid);
              unwrap(await addGroupMember(context, OPERATOR, { gid, email }));
            },
            run: async () => unwrap(await removeGroupMember(context, OPERATOR, { gid, email })),
          },
          'owner removed': {
            async ready() {
              email = await newMember(grown, oid);
              unwrap(await addGroupOwner(context, OPERATOR, { gid, email }));
            },
            run: async () => unwrap(await removeGroupOwner(context, OPERATOR, { gid, email })),
          },
          'group read with its members': {
            run: async () => unwrap(await readGroup(context, OPERATOR, { gid })),
            mostRuns: 20,
          },
          'permissions set': {
            async run() {
              turn += 1;
              const granted = turn % 2 === 0 ? [needed] : permissions;
              unwrap(await setGroupPermissions(context, OPERATOR, { gid, permissions: granted }));
            },
            mostRuns: 10,
          },
        };
      },
    };
  },
};
