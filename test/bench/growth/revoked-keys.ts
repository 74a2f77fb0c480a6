import { createKey, listKeys, readKeyName, removeUser, revokeKey } from '@flairgate/core/administration';
import { permissions, unwrap } from '../harness/fixture.js';
import { cursorAfter, type GrowthRoom, OPERATOR, PAGE } from './room.js';
import { keyIdOf, keyRows, newKeys, newMember, newOrganization } from './rows.js';

const sizes = { usual: [100, 1000, 10_000, 100_000] };

/** An organization with few valid keys and many revoked ones, which no limit bounds. */
export const revokedKeys: GrowthRoom<'revoked keys'> = {
  name: 'revoked keys',
  sizes: { SQLite: sizes, PostgreSQL: sizes },
  bytesPerRow: 3200,
  async begin(grown) {
    const { context, numbered } = grown;
    const oid = await newOrganization(grown);
    await newKeys(grown, oid, PAGE);
    const owner = { kind: 'organization', oid } as const;
    const ended = [
      ...keyRows(numbered, { letter: 'k', oid, revoked: true }),
      ...keyRows(numbered, { letter: 'g', oid, kind: 'ingestion', revoked: true }),
    ];
    let made = 0;
    const create = async (kind: 'organization' | 'ingestion' = 'organization') => {
      made += 1;
      const name = `made ${made}`;
      const given = kind === 'organization' ? { permissions } : {};
      const { keyId } = unwrap(await createKey(context, OPERATOR, { owner: { ...owner, kind }, name, ...given }));
      return { oid, keyId, name };
    };
    return {
      grow: (from, to) => grown.fill(ended, from, to),
      async cases(size) {
        const deep = cursorAfter(grown, `revoked-keys:organization:${oid}`, keyIdOf('k', Math.floor(size * 0.4)));
        let key = { oid, keyId: '', name: '' };
        let uid = '';
        return {
          'page of valid keys': {
            async run() {
              const { entries } = unwrap(await listKeys(context, OPERATOR, { oid, limit: PAGE }));
              if (entries.length < PAGE) throw new Error('valid keys are missing');
            },
          },
          'page of revoked keys, deep inside': {
            async run() {
              const input = { oid, limit: PAGE, isRevoked: true, cursor: deep };
              if (unwrap(await listKeys(context, OPERATOR, input)).entries.length < PAGE)
                throw new Error('a short page');
            },
          },
          'name that is free': {
            async run() {
              made += 1;
              const { taken } = unwrap(await readKeyName(context, OPERATOR, { oid, name: `free ${made}` }));
              if (taken) throw new Error('the name is free');
            },
          },
          'key created': { run: () => create() },
          'key revoked': {
            async ready() {
              key = await create();
            },
            run: async () => unwrap(await revokeKey(context, OPERATOR, { oid, keyId: key.keyId })),
          },
          'ingestion key revoked by name': {
            async ready() {
              key = await create('ingestion');
            },
            run: async () => unwrap(await revokeKey(context, OPERATOR, { oid, kind: 'ingestion', name: key.name })),
          },
          'member removed': {
            async ready() {
              uid = await newMember(grown, oid);
            },
            run: async () => unwrap(await removeUser(context, OPERATOR, { oid, email: uid })),
            mostRuns: 30,
          },
        };
      },
    };
  },
};
