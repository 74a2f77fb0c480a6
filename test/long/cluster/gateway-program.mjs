// A gateway on PostgreSQL with a bound of its own, as a process: it answers what a caller may do, as `/v1/who` does.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { createGate } from '@flairgate/express';
import { postgresStore } from '@flairgate/stores/postgres';
import { redisWakeUps, withWakeUps } from '@flairgate/stores/redis';
import express from 'express';

const { DATABASE_URL: url, REDIS_URL: redisUrl, MASTER_KEY: masterKey, ISSUER: issuer, BOUND_SECONDS } = process.env;

const rows = await postgresStore({ url, masterKey });
const store = redisUrl === undefined ? rows : withWakeUps(rows, await redisWakeUps({ url: redisUrl }));
const gate = createGate({
  store,
  tokens: { issuer, audience: 'flairgate' },
  failureLimit: { limit: 0 },
  maxStalenessSeconds: Number(BOUND_SECONDS),
});
const app = express();
app.use(gate.authenticate());
app.get('/v1/who', ({ auth }, res) => {
  res.json({ perms: auth.organizations.flatMap((oid) => [...auth.in(oid).permissions]) });
});
app.use(gate.errorHandler());

const server = createServer(app).listen(0, '127.0.0.1');
await once(server, 'listening');
console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` }));
process.once('SIGTERM', async () => {
  server.close();
  server.closeAllConnections();
  await gate.close();
  await store.close();
});
