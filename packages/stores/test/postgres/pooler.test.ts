import { allow } from '@flairgate/core';
import { securityWrite } from '@flairgate/core/internal';
import type { Store } from '@flairgate/core/store';
import { postgresStore } from '@flairgate/stores/postgres';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dropSchema, kindsToTest, masterKey, newSchema, postgresUrl } from '../databases.js';
import { hasPooler, openPooler, type Pooler } from './pooler.js';

const isTested = (await kindsToTest(['postgres'])).length > 0 && hasPooler();

describe.runIf(isTested)('postgresStore behind PgBouncer in transaction mode', { timeout: 60_000 }, () => {
  const schema = newSchema();
  let pooler: Pooler;
  let stores: Store[] = [];

  async function open(): Promise<Store> {
    const store = await postgresStore({ url: pooler.url, pooler: true, schema, masterKey });
    stores.push(store);
    return store;
  }

  beforeAll(async () => {
    pooler = await openPooler();
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    stores = [];
    await pooler.close();
    await dropSchema(schema);
  });

  it('postgresStore behind PgBouncer in transaction mode migrates, writes, and shows each store what another one wrote', async () => {
    const [one, other] = [await open(), await open()];
    const written = await securityWrite(one, 0, async (tx) => {
      tx.touch('all', '*');
      return allow(undefined);
    });
    expect(written.allowed).toBe(true);
    const read = await other.read((tx) => tx.get('revision', { id: 1 }));
    expect(read?.n).toBe(1);
    expect((await other.changesAfter?.(0, 10))?.changes).toHaveLength(1);
  });

  it('postgresStore behind PgBouncer in transaction mode answers many lookups at once on few connections', async () => {
    const [one, other] = [await open(), await open()];
    const question = { tag: 'no such tag', keyId: null, setting: 'suspended' } as never;
    const asked = Array.from({ length: 60 }, (_, at) => (at % 2 === 0 ? one : other).rowsOfKey?.(question));
    const answers = await Promise.all(asked);
    expect(answers.every((rows) => rows?.key.length === 0)).toBe(true);
  });

  it('postgresStore behind PgBouncer in transaction mode sets timeouts inside each transaction', async () => {
    const store = await open();
    const held = new pg.Client({ connectionString: postgresUrl });
    await held.connect();
    await held.query(`begin; select * from ${schema}.flairgate_revision for update`);
    const blocked = securityWrite(store, 0, async (tx) => {
      tx.touch('all', '*');
      return allow(undefined);
    });
    await expect(blocked).rejects.toThrow('the store is unavailable');
    await held.query('rollback');
    await held.end();
  });

  it('postgresStore behind PgBouncer in transaction mode says to set `pooler` where the pooler refuses the startup parameters', async () => {
    const opening = postgresStore({ url: pooler.url, schema, masterKey });
    await expect(opening).rejects.toThrow(/^postgresStore: url: is of a pooler.*; set `pooler` to true$/);
  });
});
