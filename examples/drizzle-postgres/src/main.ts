import { createGate } from '@flairgate/express';
import { postgresStore } from '@flairgate/stores/postgres';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { createApp } from './app.js';
import { createTable } from './table.js';

const { DATABASE_URL, FLAIRGATE_MASTER_KEY: masterKey, PORT = '3000' } = process.env;
if (!DATABASE_URL || !masterKey) throw new Error('set DATABASE_URL and FLAIRGATE_MASTER_KEY');

// One pool for the table of the app and for the tables of Flairgate.
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10, connectionTimeoutMillis: 5000 });
// The pool drops a connection that is lost; without a listener its error would end the process.
pool.on('error', () => undefined);

const gate = createGate({ store: await postgresStore({ pool, masterKey, schema: 'flairgate' }) });
const db = drizzle(pool);
await createTable(db);
const server = createApp(gate, db).listen(Number(PORT), '127.0.0.1', () => {
  const address = server.address();
  console.log(`Rules: http://127.0.0.1:${typeof address === 'object' ? address?.port : PORT}/orgs/:oid/rules`);
});
