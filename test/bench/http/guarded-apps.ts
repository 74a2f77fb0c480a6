import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createGate } from '@flairgate/express';
import { type Application, Router } from 'express';
import { createBenchFixture, needed } from '../harness/fixture.js';
import { type Headers, itemList, path, type Served, type Variant } from './app.js';

/** A list of 100 behind the guard: all of it for the caller, or with one record whose content is withheld. */
export const guardedApps: readonly Variant[] = [
  { name: 'x-api-key, warm, guard on a list of 100', mount: (app) => withGuard(app) },
  {
    name: 'x-api-key, warm, guard on a list of 100, one kept back',
    mount: (app) => withGuard(app, async (secretKey) => createFirst(app, secretKey)),
  },
];

async function withGuard(app: Application, prepare?: (secretKey: string) => Promise<void>): Promise<Served> {
  const setting = await createBenchFixture('memory');
  const gate = createGate({ store: setting.store });
  const router = Router();
  router.get('/', (_req, res) => {
    res.json(itemList);
  });
  router.post('/', (_req, res) => {
    res.status(201).json(itemList[0]);
  });
  const guard = gate.guard({
    type: 'rule',
    tenancy: 'routed',
    content: ['data'],
    routes: { 'GET /': 'list', 'POST /': 'create' },
    router,
  });
  app.use(path, gate.authenticate(), gate.requirePermissions(needed), guard, router);
  app.use(gate.errorHandler());
  await prepare?.(await setting.key('owner [secret]'));
  return {
    send: [{ 'x-api-key': await setting.key('bench') }],
    refused: { 'x-api-key': 'unknown' },
    remove: setting.remove,
  };
}

/** Makes the first record of the list the key's own, so that the guard looks into the list for every other caller. */
async function createFirst(app: Application, secretKey: string): Promise<void> {
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const headers: Headers = { 'x-api-key': secretKey };
    const created = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers });
    if (created.status !== 201) throw new Error(`the record was not created: ${created.status}`);
    const list = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
    if (list.status !== 200) throw new Error(`the list was not answered: ${list.status}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
