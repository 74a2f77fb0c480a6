import {
  addGroupMember,
  createGroup,
  createKey,
  deletePolicy,
  listPolicies,
  putPolicy,
  readPolicy,
} from '@flairgate/core/administration';
import { unwrap } from '../harness/fixture.js';
import { cursorAfter, type GrowthRoom, OPERATOR, PAGE, padded } from './room.js';
import { coldAuthenticator, finds, ids, newMember, newOrganization } from './rows.js';

const sizes = { usual: [100, 1000, 10_000, 100_000] };
const RIGHTS = { deal: ['read'] } as const;

/** One organization with many policies, each for a group of its own, and three for the group of a user. */
export const policies: GrowthRoom<'policies'> = {
  name: 'policies',
  sizes: { SQLite: sizes, PostgreSQL: sizes },
  bytesPerRow: 1500,
  async begin(grown) {
    const { context } = grown;
    const { id } = grown.numbered;
    const oid = await newOrganization(grown);
    const { gid } = unwrap(await createGroup(context, OPERATOR, { name: 'of the user' }));
    const grants = { [gid]: RIGHTS };
    for (const name of ['first', 'second', 'third']) unwrap(await putPolicy(context, OPERATOR, { oid, name, grants }));
    const { gid: another } = unwrap(await createGroup(context, OPERATOR, { name: 'of nobody' }));
    const created = { [another]: RIGHTS };
    const uid = await newMember(grown, oid);
    unwrap(await addGroupMember(context, OPERATOR, { gid, email: uid }));
    const owner = { kind: 'user', uid } as const;
    const newKey = async (name: string) => unwrap(await createKey(context, OPERATOR, { owner, name })).text;
    const texts = [await newKey('one'), await newKey('two')];
    const authenticator = coldAuthenticator(grown);
    const row = {
      table: 'flairgate_policy',
      columns: {
        oid: `'${oid}'`,
        name: id('policy '),
        grants: `'{"' || ${id(ids.group)} || '":${JSON.stringify(RIGHTS)}}'`,
        version: '1',
      },
    };
    let made = 0;
    const create = async () => {
      made += 1;
      return unwrap(await putPolicy(context, OPERATOR, { oid, name: `made ${made}`, grants: created })).name;
    };
    return {
      grow: (from, to) => grown.fill([row], from, to),
      close: () => authenticator.close(),
      async cases(size) {
        const deep = cursorAfter(grown, `policies:${oid}`, `policy ${padded(Math.floor(size * 0.4))}`);
        const page = { oid, limit: PAGE };
        let name = '';
        return {
          'policy read': { run: async () => unwrap(await readPolicy(context, OPERATOR, { oid, name: 'second' })) },
          'page of policies': { run: async () => unwrap(await listPolicies(context, OPERATOR, page)) },
          'page deep inside': {
            run: async () => unwrap(await listPolicies(context, OPERATOR, { ...page, cursor: deep })),
          },
          'policy created': { run: create },
          'policy replaced': {
            run: async () => unwrap(await putPolicy(context, OPERATOR, { oid, name: 'second', grants })),
          },
          'policy deleted': {
            async ready() {
              name = await create();
            },
            run: async () => unwrap(await deletePolicy(context, OPERATOR, { oid, name })),
          },
          'user key found': finds(texts, authenticator),
        };
      },
    };
  },
};
