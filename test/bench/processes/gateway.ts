import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createGate } from '@flairgate/express';
import { postgresStore } from '@flairgate/stores/postgres';
import { redisLimits, redisWakeUps, withWakeUps } from '@flairgate/stores/redis';
import express from 'express';
import { needed } from '../harness/fixture.js';
import { type Places, paths } from './places.js';

/** Serves one gateway of a fleet, until the parent process goes. The parent asks for its CPU time, in microseconds. */
async function serve({ databaseUrl, redisUrl, prefix, masterKey }: Places): Promise<void> {
  const rows = await postgresStore({ url: databaseUrl, masterKey: Buffer.from(masterKey, 'hex') });
  const store = withWakeUps(rows, await redisWakeUps({ url: redisUrl, prefix }));
  const limits = await redisLimits({ url: redisUrl, prefix });
  const gate = createGate({ store });
  const limiter = gate.rateLimit({ limit: 1_000_000_000, windowSeconds: 3600, name: 'calls', store: limits });
  const app = express();
  const answer: express.RequestHandler = (_req, res) => void res.json({ id: 'r1' });
  app.use(gate.authenticate());
  app.get(paths.open, gate.requirePermissions(needed), answer);
  app.get(paths.limited, limiter, gate.requirePermissions(needed), answer);
  app.use(gate.errorHandler());
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.(user + system);
  });
  process.on('disconnect', () => process.exit(0));
  const { port } = server.address() as AddressInfo;
  process.send?.(port);
}

const places: Places = JSON.parse(process.env.FLAIRGATE_BENCH_PLACES ?? '{}');
await serve(places);
