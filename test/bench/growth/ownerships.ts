import { createKey, explainResources, listOwnership, releaseLock } from '@flairgate/core/administration';
import { createOwnershipReader } from '@flairgate/core/internal';
import { permissions, unwrap } from '../harness/fixture.js';
import { cursorAfter, type GrowthRoom, OPERATOR, PAGE, padded } from './room.js';
import { coldAuthenticator, newOrganization, principalOf } from './rows.js';

const sizes = { usual: [100, 1000, 10_000, 100_000] };
const TYPE = { type: 'rule', tenancy: 'routed' } as const;
/** Resources of the segmented key, spread over the ids of all others. */
const OWN = 2 * PAGE;

/** Ownerships of one type in one organization, all locked; a hundred of them are of a segmented key. */
export const ownerships: GrowthRoom<'ownerships'> = {
  name: 'ownerships',
  sizes: { SQLite: sizes, PostgreSQL: sizes },
  bytesPerRow: 1000,
  async begin(grown) {
    const { context, store } = grown;
    const oid = await newOrganization(grown);
    const owner = { kind: 'organization', oid } as const;
    const key = unwrap(await createKey(context, OPERATOR, { owner, name: 'vendor[segment]', permissions }));
    const authenticator = coldAuthenticator(grown);
    const principal = await principalOf(authenticator, key.text);
    const segmented = { kind: 'principal', principal, address: undefined } as const;
    const { identity } = principal;
    await store.write(async (tx) => {
      const state = { revision: 1, secrets: 0, intents: 0, secretEnded: 0, adoptedBy: null };
      await tx.insert('ownershipType', { oid, type: TYPE.type, ...state });
      for (let n = 1; n <= OWN; n += 1) {
        const own = { createdBy: identity, lockedBy: null, secretTo: null, generation: 1 };
        await tx.insert('ownership', { oid, type: TYPE.type, id: `r${padded(n * 1000)}s`, organization: oid, ...own });
      }
    });
    const row = {
      table: 'flairgate_ownership',
      columns: {
        oid: `'${oid}'`,
        type: `'${TYPE.type}'`,
        id: grown.numbered.id('r'),
        organization: `'${oid}'`,
        created_by: `'another'`,
        locked_by: `'another'`,
        secret_to: 'null',
        generation: '1',
      },
    };
    return {
      grow: (from, to) => grown.fill([row], from, to),
      close: () => authenticator.close(),
      async cases(size) {
        const page = { ...TYPE, oid, limit: PAGE };
        const list = `ownership:${JSON.stringify([oid, TYPE.type, oid])}`;
        const deep = cursorAfter(grown, list, `r${padded(Math.floor(size * 0.9))}`);
        const space = { oid, ...TYPE };
        const wanted = Array.from({ length: PAGE }, (_, at) => `r${padded(Math.floor(size / 2) + at)}`);
        let last = size;
        return {
          'page of ownerships': { run: async () => unwrap(await listOwnership(context, OPERATOR, page)) },
          'page deep inside': {
            run: async () => unwrap(await listOwnership(context, OPERATOR, { ...page, cursor: deep })),
          },
          'page of a segmented key': {
            async run() {
              const { entries } = unwrap(await listOwnership(context, segmented, page));
              if (entries.length < PAGE) throw new Error('resources of the key are missing');
            },
          },
          'ownerships of a page read': { run: () => createOwnershipReader(store).snapshot(space, wanted) },
          'lock released': {
            async run() {
              last -= 1;
              unwrap(await releaseLock(context, OPERATOR, { ...TYPE, oid, id: `r${padded(last)}` }));
            },
            mostRuns: 30,
          },
          'page explained': {
            run: async () =>
              unwrap(
                await explainResources(context, OPERATOR, {
                  oid,
                  subject: { keyId: key.keyId },
                  type: TYPE.type,
                  limit: PAGE,
                }),
              ),
          },
          'all pages listed': {
            async run() {
              let found = 0;
              for (let cursor: string | undefined, begun = false; !begun || cursor !== undefined; begun = true) {
                const slice = unwrap(await listOwnership(context, OPERATOR, { ...page, limit: 1000, cursor }));
                found += slice.entries.length;
                cursor = slice.cursor;
              }
              if (found !== size + OWN) throw new Error(`${found} of ${size + OWN} were listed`);
            },
            mostRuns: 3,
          },
        };
      },
    };
  },
};
