// A service without a database, as a process of its own: it answers who is calling, as `/v1/who` does.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { createGate } from '@flairgate/express';
import { remoteStore } from '@flairgate/stores/remote';
import express from 'express';

const { ISSUER_URL: url, ISSUER: issuer, SERVICE_KEY: serviceKey } = process.env;

const store = remoteStore({ url, serviceKey });
const gate = createGate({ store, tokens: { issuer, audience: 'flairgate' }, failureLimit: { limit: 0 } });
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
