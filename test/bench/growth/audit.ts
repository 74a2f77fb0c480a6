import { createGroup, createKey, pruneAudit, readAudit, readGroupLog } from '@flairgate/core/administration';
import { permissions, unwrap } from '../harness/fixture.js';
import { cursorAfter, type Grown, type GrowthRoom, OPERATOR, PAGE } from './room.js';
import { keyIdOf, newOrganization } from './rows.js';

const DAY_MS = 86_400_000;
/** Milliseconds between two entries. */
const STEP_MS = 1000;
/** Ten million entries end before now. */
const SPAN_MS = 10_000_000 * STEP_MS;
const EXTREME_DAYS = 3650;

/** Entries of one organization; every tenth belongs to none, and is in the log of a group. */
export const audit: GrowthRoom<'audit'> = {
  name: 'audit',
  sizes: {
    SQLite: { usual: [1000, 10_000, 100_000, 1_000_000], full: [10_000_000] },
    PostgreSQL: { usual: [1000, 10_000, 100_000], full: [1_000_000] },
  },
  bytesPerRow: 1500,
  async begin(grown) {
    const { context } = grown;
    const oid = await newOrganization(grown);
    const { gid } = unwrap(await createGroup(context, OPERATOR, { name: 'logged' }));
    const owner = { kind: 'organization', oid } as const;
    const { keyId } = unwrap(await createKey(context, OPERATOR, { owner, name: 'acting', permissions }));
    const began = Date.now() - SPAN_MS - DAY_MS;
    const rows = [entries(grown, began, { oid: `'${oid}'` }), entries(grown, began, { gid: 'another' })];
    await grown.fill(quietEntries(grown, began, { oid, gid }), 0, PAGE + 1);
    return {
      grow: (from, to) => grown.fill(rows, from, to),
      async cases(size) {
        const read = (input: object) => ({
          async run() {
            const page = unwrap(await readAudit(context, OPERATOR, { oid, limit: PAGE, ...input }));
            if (page.entries.length < PAGE) throw new Error('a page is short');
          },
        });
        const middle = began + Math.floor(size / 2) * STEP_MS;
        const deep = cursorAfter(grown, `audit:${oid}`, entryId(began + Math.floor(size / 5) * STEP_MS));
        return {
          'newest page': read({}),
          'page deep inside': read({ cursor: deep }),
          'page of an actor': read({ actor: 'actor3' }),
          'page of a key': {
            run: async () => unwrap(await readAudit(context, OPERATOR, { oid, limit: PAGE, keyId })),
          },
          'page of a quiet actor': read({ actor: 'quiet' }),
          'page of an action': read({ action: 'key.create' }),
          'page of a day': read({ from: middle - DAY_MS, to: middle }),
          'log of a quiet group': {
            async run() {
              const page = unwrap(await readGroupLog(context, OPERATOR, { gid, limit: PAGE }));
              if (page.entries.length < PAGE) throw new Error('a page is short');
            },
          },
          'page of no organization': {
            run: async () => unwrap(await readAudit(context, OPERATOR, { oid: null, limit: PAGE })),
          },
          'command with its entry': {
            run: async () => unwrap(await createGroup(context, OPERATOR, { name: 'another' })),
          },
          'nothing old enough to prune': {
            run: async () =>
              unwrap(await pruneAudit(context, { kind: 'operator', name: 'bench' }, { olderThanDays: EXTREME_DAYS })),
          },
        };
      },
    };
  },
};

/** The oldest entries: a page of an actor, and of the log of a group, of which nothing is written later. */
function quietEntries(grown: Grown, began: number, { oid, gid }: { readonly oid: string; readonly gid: string }) {
  const before = began - DAY_MS;
  const [ofActor, ofGroup] = [entries(grown, before, { oid: `'${oid}'` }), entries(grown, before - DAY_MS, { gid })];
  return [
    { table: ofActor.table, columns: { ...ofActor.columns, actor: `'quiet'` } },
    { table: ofGroup.table, columns: ofGroup.columns },
  ];
}

/** Entries of an organization, by 10 actors about 10 targets, or every tenth of no organization, about a group. */
function entries({ numbered }: Grown, began: number, of: { readonly oid: string } | { readonly gid: string }) {
  const at = `${began} + n * ${STEP_MS}`;
  const hex = numbered.hex(at);
  return {
    table: 'flairgate_audit',
    columns: {
      id: `substr(${hex}, 1, 8) || '-' || substr(${hex}, 9, 4) || '-7000-8000-000000000000'`,
      at,
      oid: 'oid' in of ? of.oid : 'null',
      actor: numbered.id('actor', 1, 'n % 10'),
      actor_name: `'benchmark'`,
      action: `case n % 3 when 0 then 'key.create' when 1 then 'key.revoke' else 'user.invite' end`,
      target: 'oid' in of ? numbered.id('k', keyIdOf('', 0).length, 'n / 10 % 10') : `'${of.gid}'`,
      address: `'192.0.2.1'`,
      outcome: `'done'`,
      details: `'{"permissions":["dr.list"]}'`,
    },
    where: 'oid' in of ? 'n % 10 <> 5' : 'n % 10 = 5',
  };
}

const ID_DIGITS = 12;

function entryId(at: number): string {
  const hex = at.toString(16).padStart(ID_DIGITS, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
