import { postgresStore } from '@flairgate/stores/postgres';
import { describe, expect, test } from 'vitest';
import { asAdmin, dropSchema, kindsToTest, masterKey, newSchema, postgresUrl } from '../databases.js';

const TABLES_OF_OTHERS = 20;
const PROGRAMS = 2;
const STORES = 6;

describe.skipIf((await kindsToTest(['postgres'])).length === 0)('beside programs that create and remove tables', () => {
  test('a new store migrates its tables while other programs create and remove theirs', async () => {
    const work = { isDone: false };
    const others = Array.from({ length: PROGRAMS }, () => createAndRemove(work));
    const schemas: string[] = [];
    try {
      for (let at = 0; at < STORES; at++) {
        const schema = newSchema();
        schemas.push(schema);
        const store = await postgresStore({ url: postgresUrl, schema, masterKey });
        expect(await store.read((tx) => tx.get('revision', { id: 1 }))).toBeDefined();
        await store.close();
      }
    } finally {
      work.isDone = true;
      await Promise.all(others);
      for (const schema of schemas) await dropSchema(schema);
    }
  });
});

/** Creates and removes a schema again and again, until `work` is done. */
async function createAndRemove(work: { readonly isDone: boolean }): Promise<void> {
  const schema = newSchema();
  const tables = Array.from(
    { length: TABLES_OF_OTHERS },
    (_, at) => `create table ${schema}.t${at} (id serial, a text)`,
  );
  await asAdmin(async (client) => {
    while (!work.isDone) {
      await client.query(`create schema ${schema}; ${tables.join(';')}`);
      await client.query(`drop schema ${schema} cascade`);
    }
  });
}
