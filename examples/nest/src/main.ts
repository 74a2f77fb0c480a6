import { createGate } from '@flairgate/express';
import { sqliteStore } from '@flairgate/stores/sqlite';
import { createApp } from './app.js';

const [port = '3000', file = 'flairgate.db'] = process.argv.slice(2);
const gate = createGate({ store: await sqliteStore({ file }) });
const app = await createApp(gate);
await app.listen(Number(port), '127.0.0.1');
console.log(`Rules: http://127.0.0.1:${port}/orgs/:oid/rules`);
