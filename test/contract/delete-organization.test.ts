import { UnavailableError } from '@flairgate/core';
import { type Store, schema, type TableName } from '@flairgate/core/store';
import { afterEach, describe, expect, test } from 'vitest';
import { kindsToTest, makeDatabase } from '../../packages/stores/test/databases.js';
import { deletionBoundOf } from '../flow/route-costs/measure.ts';
import { fillWorstCase, type Sizes, type WorstCase } from '../flow/route-costs/worst-case.ts';
import { type RunningService, runService } from '../flow/running-service.ts';
import { countingStore } from './counting-store.ts';

const SIZES: Sizes = { n: 20, groups: 5, many: 1200 };

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Filled {
  readonly store: Store;
  readonly counting: ReturnType<typeof countingStore>;
  readonly running: RunningService;
  readonly filled: WorstCase;
  /** Lets this many writes through, and no more. Undefined for all. */
  readonly writes: { left: number | undefined };
}

/** A service whose store holds one organization with far more rows than one transaction removes. */
async function fill(kind: Parameters<typeof makeDatabase>[0]): Promise<Filled> {
  const database = await makeDatabase(kind);
  ends.push(() => database.remove());
  const counting = countingStore(await database.open());
  const writes: Filled['writes'] = { left: undefined };
  const store: Store = {
    ...counting.store,
    async write(work, order) {
      if (writes.left === 0) throw new UnavailableError('store', new Error('cut off'));
      if (writes.left !== undefined) writes.left -= 1;
      return counting.store.write(work, order);
    },
  };
  const running = await runService(store, { keyHash: { scheme: 'sha256', rounds: 1 } });
  ends.push(() => running.close());
  const filled = await fillWorstCase(running, SIZES);
  await counting.store.write(async (tx) => {
    const { oid } = filled;
    const rest = { createdBy: null, lockedBy: null, secretTo: null, generation: 1, organization: oid, type: 'rule' };
    const state = { revision: 1, secrets: 0, intents: 0, secretEnded: 0, adoptedBy: null, type: 'rule' };
    for (const space of [oid, '*']) {
      await tx.insert('ownershipType', { ...state, oid: space });
      await tx.insertAll(
        'ownership',
        Array.from({ length: 700 }, (_, at) => ({ ...rest, oid: space, id: `r${at}` })),
      );
    }
    await tx.insert('ownership', { ...rest, oid: '*', organization: filled.offering, id: 'theirs' });
  });
  return { store: counting.store, counting, running, filled, writes };
}

/** Tables with a row that names the organization. */
async function tablesNaming(store: Store, id: string): Promise<readonly TableName[]> {
  const tables = Object.keys(schema).filter((name): name is TableName => name in schema);
  return store.read(async (tx) => {
    const named: TableName[] = [];
    for (const table of tables) if (JSON.stringify(await tx.find(table, {})).includes(id)) named.push(table);
    return named;
  });
}

const remove = ({ running, filled }: Filled, headers: Readonly<Record<string, string>>) =>
  running.send({ method: 'DELETE', path: `/v1/orgs/${filled.oid}`, headers });

describe.each(await kindsToTest(['memory', 'sqlite', 'postgres']))('deleting a large organization, on %s,', (kind) => {
  test('deleting a large organization removes all of it, in bounded transactions, also by a token', async () => {
    const all = await fill(kind);
    const { store, counting, running, filled } = all;
    const { body } = await running.send({
      method: 'POST',
      path: '/jwt',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ oid: filled.oid, uid: filled.uid, secret: filled.text }),
    });
    counting.take();
    expect((await remove(all, { Authorization: `Bearer ${body.jwt}` })).status).toBe(200);
    const { mostLocked, written } = counting.take();
    expect(written).toBeGreaterThan(8 * SIZES.many);
    expect(mostLocked).toBeLessThanOrEqual(deletionBoundOf(SIZES));
    expect(await tablesNaming(store, filled.oid)).toEqual(['change', 'audit']);
    const kept = await store.read((tx) => tx.find('ownership', {}));
    expect(kept.map(({ id }) => id)).toEqual(['theirs']);
    const log = await store.read((tx) => tx.find('audit', { oid: filled.oid, action: 'org.delete' }));
    expect(log).toHaveLength(1);
  }, 120_000);

  test('deleting a large organization is repeated if the store fails in the middle: what was removed stays removed', async () => {
    const all = await fill(kind);
    const { store, filled, writes, running } = all;
    const owner = { 'x-api-key': filled.text };
    writes.left = 2;
    expect((await remove(all, owner)).status).toBe(503);
    writes.left = undefined;
    const keys = await store.read((tx) => tx.find('key', { oid: filled.oid }));
    expect(keys.length).toBeLessThan(2 * SIZES.many);
    // Its owner is still an owner, and nothing is left of the caller that was removed.
    const { status } = await running.send({ method: 'GET', path: `/v1/orgs/${filled.oid}`, headers: owner });
    expect(status).toBe(200);
    expect((await remove(all, owner)).status).toBe(200);
    expect(await tablesNaming(store, filled.oid)).toEqual(['change', 'audit']);
  }, 120_000);
});
