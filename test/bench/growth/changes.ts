import { createKey, revokeKey } from '@flairgate/core/administration';
import { permissions, unwrap } from '../harness/fixture.js';
import { type GrowthRoom, OPERATOR } from './room.js';
import { heapAfterStart, newOrganization, starts } from './rows.js';

const sizes = { usual: [100, 1000, 10_000, 100_000] };
/** Number before the first bulk change, above those of the commands that ran before. */
const BEFORE = 1000;

/** Changes that are still kept. A process reads all of them before it is ready. */
export const changes: GrowthRoom<'changes'> = {
  name: 'changes',
  sizes: { SQLite: sizes, PostgreSQL: sizes },
  bytesPerRow: 300,
  async begin(grown) {
    const { context, store } = grown;
    const oid = await newOrganization(grown);
    const owner = { kind: 'organization', oid } as const;
    let made = 0;
    let keyId = '';
    const row = {
      table: 'flairgate_change',
      columns: { n: `n + ${BEFORE}`, at: String(Date.now()), scope: `'key'`, id: grown.numbered.id('k', 21) },
    };
    return {
      async grow(from, to) {
        // The commands of the size before have taken numbers after it, which the next rows would take too.
        await store.write((tx) => tx.remove('change', { scope: 'key', id: keyId }));
        const { n } = (await store.read((tx) => tx.get('revision', { id: 1 }))) ?? { n: 0 };
        for (let at = from + BEFORE + 1; at <= n; at += 1) await store.write((tx) => tx.remove('change', { n: at }));
        await grown.fill([row], from, to);
        await store.write((tx) => tx.update('revision', { id: 1 }, { n: to + BEFORE }));
      },
      cases: async () => ({
        'changes since the last': {
          async run() {
            const { n } = (await store.read((tx) => tx.get('revision', { id: 1 }))) ?? { n: 0 };
            await store.read((tx) => tx.find('change', {}, { after: { n: n - 10 }, limit: 1000 }));
          },
        },
        'key revoked': {
          async ready() {
            made += 1;
            const input = { owner, name: `made ${made}`, permissions };
            keyId = unwrap(await createKey(context, OPERATOR, input)).keyId;
          },
          run: async () => unwrap(await revokeKey(context, OPERATOR, { oid, keyId })),
        },
        'start of a process': starts(grown),
        'heap after the start': heapAfterStart(grown),
      }),
    };
  },
};
