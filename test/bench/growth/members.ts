import {
  createApiUser,
  deactivateUser,
  grantPermissions,
  listApiUsers,
  listUsers,
  readApiUser,
  readMember,
  removeUser,
  revokePermissions,
  setRole,
} from '@flairgate/core/administration';
import { needed, unwrap } from '../harness/fixture.js';
import { cursorAfter, type GrowthRoom, OPERATOR, PAGE } from './room.js';
import { idOf, ids, memberRows, newMember, newOrganization, userRows } from './rows.js';

const sizes = { usual: [100, 1000, 10_000, 100_000] };

/** One organization with many members, and as many API users. */
export const members: GrowthRoom<'members'> = {
  name: 'members',
  sizes: { SQLite: sizes, PostgreSQL: sizes },
  bytesPerRow: 2000,
  async begin(grown) {
    const { context, numbered } = grown;
    const oid = await newOrganization(grown);
    await newMember(grown, oid, 'owner');
    const uid = numbered.id(ids.apiUser);
    const email = `${numbered.id('api')} || '@${oid}.api.invalid'`;
    const rows = [
      userRows(numbered),
      ...memberRows(numbered, oid),
      {
        table: 'flairgate_user',
        columns: { uid, email, type: `'api'`, oid: `'${oid}'`, active: '1', created_at: '0' },
      },
      { table: 'flairgate_consent', columns: { uid, oid: `'${oid}'`, accepted_at: '0' } },
    ];
    let made = 0;
    const create = async () => {
      made += 1;
      return unwrap(await createApiUser(context, OPERATOR, { oid, name: `made ${made}` })).uid;
    };
    return {
      grow: (from, to) => grown.fill(rows, from, to),
      async cases(size) {
        const middle = Math.ceil(size / 2);
        const deep = Math.floor(size * 0.4);
        const page = { oid, limit: PAGE };
        const email = idOf('user', middle);
        const member = { oid, email, permissions: [needed] };
        let uid = '';
        return {
          'member read': { run: async () => unwrap(await readMember(context, OPERATOR, { oid, email })) },
          'page of members': { run: async () => unwrap(await listUsers(context, OPERATOR, page)) },
          'page deep inside': {
            async run() {
              const cursor = cursorAfter(grown, `users:${oid}`, idOf('user', deep));
              unwrap(await listUsers(context, OPERATOR, { ...page, cursor }));
            },
          },
          'permissions granted': {
            ready: async () => unwrap(await revokePermissions(context, OPERATOR, member)),
            run: async () => unwrap(await grantPermissions(context, OPERATOR, member)),
          },
          'member removed': {
            async ready() {
              uid = await newMember(grown, oid);
            },
            run: async () => unwrap(await removeUser(context, OPERATOR, { oid, email: uid })),
          },
          'owner becomes a member': {
            async ready() {
              uid = await newMember(grown, oid, 'owner');
            },
            run: async () => unwrap(await setRole(context, OPERATOR, { oid, email: uid, role: 'Viewer' })),
          },
          'API user read': {
            run: async () => unwrap(await readApiUser(context, OPERATOR, { oid, uid: idOf('apiUser', middle) })),
          },
          'page of API users': { run: async () => unwrap(await listApiUsers(context, OPERATOR, page)) },
          'page of API users, deep inside': {
            async run() {
              const cursor = cursorAfter(grown, `api-users:${oid}`, idOf('apiUser', deep));
              unwrap(await listApiUsers(context, OPERATOR, { ...page, cursor }));
            },
          },
          'API user created': { run: create },
          'API user deactivated': {
            async ready() {
              uid = await create();
            },
            run: async () => unwrap(await deactivateUser(context, OPERATOR, { oid, uid })),
          },
        };
      },
    };
  },
};
