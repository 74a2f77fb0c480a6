import { randomBytes } from 'node:crypto';
import { postgresStore } from '@flairgate/stores/postgres';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dropSchema, kindsToTest, masterKey, newSchema, postgresUrl } from '../databases.js';

const [kind] = await kindsToTest(['postgres']);

describe.skipIf(kind === undefined)('existence probes on PostgreSQL', () => {
  const schema = newSchema();
  const pool = new pg.Pool({ connectionString: postgresUrl, max: 10 });
  let store: Awaited<ReturnType<typeof postgresStore>>;
  let statements = 0;
  beforeAll(async () => {
    store = await postgresStore({ pool: counted(pool), schema, masterKey });
  });
  afterAll(async () => {
    await store.close();
    await pool.end();
    await dropSchema(schema);
  });

  /** The pool, with a count of the statements that look for rows. */
  function counted(own: pg.Pool): pg.Pool {
    own.on('connect', (client) => {
      const query = client.query.bind(client);
      client.query = ((...given: Parameters<typeof query>) => {
        const [asked]: unknown[] = given;
        const text = typeof asked === 'string' ? asked : String(Object(asked).text);
        if (text.includes('= any($1::text[])')) statements += 1;
        return query(...given);
      }) as typeof client.query;
    });
    return own;
  }

  const name = () => `probe-${randomBytes(8).toString('hex')}`;
  const put = (named: string) => store.write((tx) => tx.insert('setting', { name: named, value: 'v' }));
  const mightExist = async (named: string) => store.existenceProbe?.mightExist('setting', { name: named });

  test('existence probes of one turn are one statement, and each gets its own answer', async () => {
    const [there, missing] = [name(), name()];
    await put(there);
    statements = 0;
    const asked = [there, missing, there, ...Array.from({ length: 40 }, name)];
    expect(await Promise.all(asked.map(mightExist))).toEqual([true, false, true, ...Array(40).fill(false)]);
    expect(statements).toBe(1);
  });

  test('existence probes of one turn are split after 100', async () => {
    const there = name();
    await put(there);
    statements = 0;
    const asked = [...Array.from({ length: 249 }, name), there];
    expect((await Promise.all(asked.map(mightExist))).filter(Boolean)).toHaveLength(1);
    expect(statements).toBe(3);
  });

  test('an existence probe sees what was committed before it, in every turn', async () => {
    const named = name();
    expect(await mightExist(named)).toBe(false);
    await put(named);
    expect(await mightExist(named)).toBe(true);
    await store.write((tx) => tx.remove('setting', { name: named }));
    expect(await mightExist(named)).toBe(false);
  });
});
