import { randomBytes } from 'node:crypto';
import { defaultCatalogue } from '@flairgate/core';
import { type Actor, type AdministrationContext, pruneAudit } from '@flairgate/core/administration';
import type { Store } from '@flairgate/core/store';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { kindsToTest, makeDatabase, type TestDatabase } from '../../packages/stores/test/databases.js';

const NOW = 1_800_000_000_000;
const DAY_MS = 86_400_000;
const OPERATOR: Actor = { kind: 'operator', name: 'operator' };

describe.each(await kindsToTest(['memory', 'sqlite', 'postgres']))('pruning the audit on %s', (kind) => {
  let database: TestDatabase;
  let store: Store;
  let context: AdministrationContext;
  let written = 0;

  beforeAll(async () => {
    database = await makeDatabase(kind);
  });
  afterAll(() => database.remove());
  beforeEach(async () => {
    store = await database.open();
    for (const { id } of await rows()) await store.write((tx) => tx.remove('audit', { id }));
    written = 0;
    context = {
      store,
      catalogue: defaultCatalogue,
      now: () => NOW,
      random: randomBytes,
      keyFormat: 'fg',
      hashSecret: async (text) => text,
      readableIngestionKeys: false,
      committed: async () => undefined,
    };
  });

  const rows = () => store.read((tx) => tx.find('audit', {}));

  function fill(days: number, count: number, oid: string | null): Promise<void> {
    const at = NOW - days * DAY_MS;
    return store.write(async (tx) => {
      for (let made = 0; made < count; made++) {
        written += 1;
        // Hexadecimal digits of the time first, as in the ids of the audit.
        const id = `${at.toString(16).padStart(12, '0')}-${String(written).padStart(6, '0')}`;
        const who = { actor: null, actorName: 'ann', address: null };
        await tx.insert('audit', { id, at, oid, ...who, action: 'a', target: 't', outcome: 'done', details: {} });
      }
    });
  }

  it('pruning the audit removes what is older, in several transactions, and writes down how many', async () => {
    await fill(31, 450, 'org-a');
    await fill(30, 3, null);
    await fill(1, 2, 'org-a');
    let transactions = 0;
    const write: Store['write'] = (work) => {
      transactions += 1;
      return store.write(work);
    };
    const pruned = await pruneAudit({ ...context, store: { ...store, write } }, OPERATOR, { olderThanDays: 30 });
    const before = NOW - 30 * DAY_MS;
    expect(pruned).toEqual({ allowed: true, value: { removed: 450, before } });
    expect(transactions).toBe(3);
    const kept = await rows();
    expect(kept).toHaveLength(3 + 2 + 1);
    const details = { olderThanDays: 30, before: before / 1000, removed: 450 };
    expect(kept.at(-1)).toMatchObject({ action: 'audit.prune', oid: null, actorName: 'operator', at: NOW, details });
  });

  it('pruning the audit says how many were removed before it was cut off', async () => {
    await fill(31, 450, null);
    let left = 2;
    const write: Store['write'] = (work) => {
      left -= 1;
      return left < 0 ? Promise.reject(new Error('down')) : store.write(work);
    };
    const cut = pruneAudit({ ...context, store: { ...store, write } }, OPERATOR, { olderThanDays: 30 });
    await expect(cut).rejects.toThrow('down');
    const kept = await rows();
    expect(kept).toHaveLength(50 + 1);
    expect(kept.at(-1)).toMatchObject({ action: 'audit.prune', details: { removed: 400 } });
  });

  it('pruning the audit removes of one organization alone, which sees it; nothing removed leaves no entry', async () => {
    await fill(31, 3, 'org-a');
    await fill(31, 4, 'org-b');
    await fill(31, 2, null);
    const prune = () => pruneAudit(context, OPERATOR, { olderThanDays: 30, oid: 'org-a' });
    expect(await prune()).toMatchObject({ value: { removed: 3 } });
    expect(await prune()).toMatchObject({ value: { removed: 0 } });
    const kept = await rows();
    expect(kept.map(({ oid, action }) => `${oid} ${action}`).sort()).toEqual(
      [...Array(4).fill('org-b a'), ...Array(2).fill('null a'), 'org-a audit.prune'].sort(),
    );
  });

  it('pruning the audit is the operator’s alone, and takes whole days', async () => {
    await fill(31, 1, 'org-a');
    const principal = { kind: 'principal', principal: {}, address: undefined } as Actor;
    expect(await pruneAudit(context, principal, { olderThanDays: 30 })).toMatchObject({ code: 'ERR_ESCALATION' });
    for (const olderThanDays of [0, -1, 1.5, Number.NaN, 36_501]) {
      expect(await pruneAudit(context, OPERATOR, { olderThanDays })).toMatchObject({ code: 'ERR_VALIDATION' });
    }
    expect(await rows()).toHaveLength(1);
  });
});
