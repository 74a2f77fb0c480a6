import { randomBytes } from 'node:crypto';
import { createKey, listKeys, readKeyName, removeUser, revokeKey, rotateKey } from '@flairgate/core/administration';
import { mintKeyId, mintKeyText } from '@flairgate/core/internal';
import { permissions, unwrap } from '../harness/fixture.js';
import { cursorAfter, type GrowthRoom, OPERATOR, PAGE } from './room.js';
import {
  coldAuthenticator,
  finds,
  heapAfterStart,
  keyIdOf,
  keyRows,
  newKeys,
  newMember,
  newOrganization,
  starts,
} from './rows.js';

/** Keys of one organization, the worst case: those of others are behind an index. */
export const keys: GrowthRoom<'keys'> = {
  name: 'keys',
  sizes: {
    SQLite: { usual: [1000, 10_000, 100_000, 1_000_000], full: [10_000_000] },
    PostgreSQL: { usual: [1000, 10_000, 100_000], full: [1_000_000] },
  },
  bytesPerRow: 2500,
  async begin(grown) {
    const { context } = grown;
    const oid = await newOrganization(grown);
    const texts = await newKeys(grown, oid, 20);
    const authenticator = coldAuthenticator(grown);
    const owner = { kind: 'organization', oid } as const;
    let made = 0;
    return {
      grow: (from, to) => grown.fill(keyRows(grown.numbered, { letter: 'k', oid }), from, to),
      close: () => authenticator.close(),
      async cases(size) {
        const deep = cursorAfter(grown, `keys:organization:${oid}`, keyIdOf('k', Math.floor(size * 0.8)));
        let last = size;
        const next = () => {
          last -= 1;
          return { oid, keyId: keyIdOf('k', last) };
        };
        let uid = '';
        return {
          'key found': finds(texts, authenticator),
          'unknown key refused': {
            async run() {
              const text = mintKeyText('fg', mintKeyId(randomBytes), randomBytes);
              const found = await authenticator.authenticate({ kind: 'api-key', text }, undefined);
              if (!('code' in found)) throw new Error('an unknown key is accepted');
            },
          },
          'page of keys': { run: async () => unwrap(await listKeys(context, OPERATOR, { oid, limit: PAGE })) },
          'page deep inside': {
            run: async () => unwrap(await listKeys(context, OPERATOR, { oid, limit: PAGE, cursor: deep })),
          },
          'name that is taken': {
            async run() {
              const { taken } = unwrap(await readKeyName(context, OPERATOR, { oid, name: 'usable 1' }));
              if (!taken) throw new Error('the name is taken');
            },
          },
          'key created': {
            async run() {
              made += 1;
              unwrap(await createKey(context, OPERATOR, { owner, name: `made ${made}`, permissions }));
            },
          },
          'key revoked': { run: async () => unwrap(await revokeKey(context, OPERATOR, next())) },
          'key rotated': { run: async () => unwrap(await rotateKey(context, OPERATOR, next())) },
          'member removed': {
            async ready() {
              uid = await newMember(grown, oid);
            },
            run: async () => unwrap(await removeUser(context, OPERATOR, { oid, email: uid })),
            mostRuns: 30,
          },
          'start of a process': starts(grown),
          'heap after the start': heapAfterStart(grown),
        };
      },
    };
  },
};

const sorted = { usual: [100, 1000, 10_000] };

/** Keys that are sorted by something other than their id are all read. The limit of an organization is 10,000. */
export const sortedKeys: GrowthRoom<'sorted keys'> = {
  name: 'sorted keys',
  sizes: { SQLite: sorted, PostgreSQL: sorted },
  bytesPerRow: 1600,
  async begin(grown) {
    const oid = await newOrganization(grown);
    return {
      grow: (from, to) => grown.fill(keyRows(grown.numbered, { letter: 'k', oid }), from, to),
      cases: async () => ({
        'page of keys sorted by name': {
          run: async () => unwrap(await listKeys(grown.context, OPERATOR, { oid, limit: PAGE, sortBy: 'name' })),
        },
      }),
    };
  },
};
