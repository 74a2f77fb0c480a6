import type { Store, WriteOrder } from '@flairgate/core/store';
import { postgresStore } from '@flairgate/stores/postgres';
import pg from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import { kindsToTest, masterKey } from '../../packages/stores/test/databases.js';
import { makeDatabase } from './processes.ts';

const PROCESSES = 3;
/** Security writes of one process that have a connection at the same time. */
const OF_EACH = 2;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function openStores(url: string, count: number): Promise<readonly Store[]> {
  const stores: Store[] = [];
  for (let at = 0; at < count; at++) stores.push(await postgresStore({ url, masterKey, lockTimeoutMs: 30_000 }));
  closing.push(() => Promise.all(stores.map((store) => store.close())));
  return stores;
}

/** Returns a function that waits until this many transactions wait for a lock, and calls `meanwhile` again and again. */
async function watchLocks(url: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  closing.push(() => client.end());
  return async (waiting: number, meanwhile: () => Promise<unknown>) => {
    for (;;) {
      await meanwhile();
      const { rows } = await client.query(
        "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      if (rows.length >= waiting) return;
    }
  };
}

describe.skipIf((await kindsToTest(['postgres'])).length === 0)(`while ${PROCESSES} processes write`, () => {
  test('a write that only revokes gets the lock before all other writes that wait for it', async () => {
    const { url, remove } = await makeDatabase();
    closing.push(remove);
    const untilWaiting = await watchLocks(url);
    const [holder, revoking, ...others] = await openStores(url, PROCESSES + 2);
    const order: string[] = [];
    const writing: (Promise<unknown> | undefined)[] = [];
    const start = (store: Store | undefined, name: string, more: WriteOrder = {}) => {
      const write = store?.write(
        async (tx) => {
          await tx.lockRevision();
          order.push(name);
        },
        { locksRevision: true, ...more },
      );
      writing.push(write);
    };
    await holder?.write(
      async (tx) => {
        const goOn = () => tx.lockRevision();
        await goOn();
        for (const store of others) for (let at = 0; at < OF_EACH; at++) start(store, 'other');
        await untilWaiting(PROCESSES * OF_EACH, goOn);
        start(revoking, 'revoking', { isUrgent: true });
        await untilWaiting(PROCESSES * OF_EACH + 1, goOn);
      },
      { locksRevision: true },
    );
    await Promise.all(writing);
    expect(order).toEqual(['revoking', ...Array(PROCESSES * OF_EACH).fill('other')]);
  });
});
