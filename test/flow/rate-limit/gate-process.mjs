// A service of its own process: `node gate-process.mjs '{"file", "redisUrl", "prefix", "rateLimit", "failureLimit"}'`.
import { createGate } from '@flairgate/express';
import { redisLimits } from '@flairgate/stores/redis';
import { sqliteStore } from '@flairgate/stores/sqlite';
import express from 'express';

const { file, redisUrl, prefix, rateLimit, failureLimit } = JSON.parse(process.argv[2] ?? '');
const store = await sqliteStore({ file, masterKey: Buffer.alloc(32, 7) });
const limits = await redisLimits({ url: redisUrl, prefix });
const gate = createGate({
  store,
  rateLimit: { ...rateLimit, store: limits },
  failureLimit: { ...failureLimit, store: limits },
});

const app = express();
app.use(gate.authenticate(), gate.rateLimit());
app.get('/', (_req, res) => void res.json({}));
app.use(gate.errorHandler());
const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : '');
});

process.once('SIGTERM', async () => {
  server.closeAllConnections();
  server.close();
  await gate.close();
  await limits.close();
  await store.close();
});
