import {
  checkOrganizationName,
  createOrganization,
  deleteOrganization,
  listOrganizations,
  readOrganization,
  updateOrganization,
} from '@flairgate/core/administration';
import { unwrap } from '../harness/fixture.js';
import { cursorAfter, type GrowthRoom, OPERATOR, PAGE } from './room.js';
import {
  coldAuthenticator,
  finds,
  heapAfterStart,
  idOf,
  newKeys,
  newOrganization,
  organizationRows,
  starts,
} from './rows.js';

const sizes = { usual: [100, 1000, 10_000, 100_000] };

export const organizations: GrowthRoom<'organizations'> = {
  name: 'organizations',
  sizes: { SQLite: sizes, PostgreSQL: sizes },
  bytesPerRow: 500,
  async begin(grown) {
    const { context } = grown;
    const unique = { ...context, uniqueOrganizationNames: true };
    const texts = await newKeys(grown, await newOrganization(grown, 'with keys'), 20);
    const authenticator = coldAuthenticator(grown);
    let made = 0;
    const create = async () => {
      made += 1;
      return unwrap(await createOrganization(unique, OPERATOR, { name: `made ${made}` })).oid;
    };
    return {
      grow: (from, to) => grown.fill([organizationRows(grown.numbered)], from, to),
      close: () => authenticator.close(),
      async cases(size) {
        const middle = idOf('organization', Math.ceil(size / 2));
        const deep = cursorAfter(grown, 'organizations', idOf('organization', Math.floor(size * 0.4)));
        let oid = '';
        return {
          'organization read': {
            run: async () => unwrap(await readOrganization(context, OPERATOR, { oid: middle })),
          },
          'name that is taken': {
            async run() {
              const asked = await checkOrganizationName(unique, OPERATOR, { name: 'with keys' });
              if (unwrap(asked).available) throw new Error('the name is taken');
            },
          },
          'page of organizations': {
            run: async () => unwrap(await listOrganizations(context, OPERATOR, { limit: PAGE })),
          },
          'page deep inside': {
            run: async () => unwrap(await listOrganizations(context, OPERATOR, { limit: PAGE, cursor: deep })),
          },
          'organization renamed': {
            async run() {
              made += 1;
              unwrap(await updateOrganization(unique, OPERATOR, { oid: middle, name: `renamed ${made}` }));
            },
          },
          'organization created': { run: create },
          'organization deleted': {
            async ready() {
              oid = await create();
            },
            run: async () => unwrap(await deleteOrganization(context, OPERATOR, { oid })),
          },
          'key found': finds(texts, authenticator),
          'start of a process': starts(grown),
          'heap after the start': heapAfterStart(grown),
        };
      },
    };
  },
};
