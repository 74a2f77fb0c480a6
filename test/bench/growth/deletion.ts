import { deleteOrganization, readOrganization } from '@flairgate/core/administration';
import { unwrap } from '../harness/fixture.js';
import { type GrowthRoom, OPERATOR } from './room.js';
import { keyRows, memberRows, newOrganization, userRows } from './rows.js';

const sizes = { usual: [100, 1000, 10_000, 40_000] };

/** Organizations that are deleted with everything in them, in transactions that each remove a slice. */
export const deletion: GrowthRoom<'deletion'> = {
  name: 'deletion',
  sizes: { SQLite: sizes, PostgreSQL: sizes },
  bytesPerRow: 3000,
  async begin(grown) {
    const { context, numbered } = grown;
    let filled = 0;
    const gone = async (oid: string) => {
      unwrap(await deleteOrganization(context, OPERATOR, { oid }));
      const after = await readOrganization(context, OPERATOR, { oid });
      if (after.allowed) throw new Error('the organization is still there');
    };
    return {
      grow: (from, to) => grown.fill([userRows(numbered)], from, to),
      async cases(size) {
        filled += 1;
        const withKeys = await newOrganization(grown, 'with keys');
        const letter = 'abcdefgh'.charAt(filled);
        await grown.fill(keyRows(numbered, { letter, oid: withKeys }), 0, size);
        const withMembers = await newOrganization(grown, 'with members');
        await grown.fill(memberRows(numbered, withMembers), 0, size);
        return {
          'organization with its keys deleted': { run: () => gone(withKeys), mostRuns: 1 },
          'organization with its members deleted': { run: () => gone(withMembers), mostRuns: 1 },
        };
      },
    };
  },
};
