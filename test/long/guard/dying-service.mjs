// A service behind a guard that dies between its own write and the ownership: right after it wrote, right after it
// answered, or some turns of the event loop later. Its rules are files, its ownership a SQLite database.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGate } from '@flairgate/express';
import { sqliteStore } from '@flairgate/stores/sqlite';
import express from 'express';

/** @param {string} folder */
export function ruleFiles(folder) {
  const path = (/** @type {string} */ id) => join(folder, `${id}.json`);
  return {
    get(/** @type {string} */ id) {
      try {
        return JSON.parse(readFileSync(path(id), 'utf8'));
      } catch {
        return undefined;
      }
    },
    set(/** @type {string} */ id, /** @type {object} */ rule) {
      writeFileSync(`${path(id)}.new`, JSON.stringify({ ...rule, id }));
      renameSync(`${path(id)}.new`, path(id));
    },
    delete: (/** @type {string} */ id) => rmSync(path(id), { force: true }),
  };
}

/**
 * @param {{ file: string, folder: string, die: () => void }} place
 */
export async function service({ file, folder, die }) {
  const store = await sqliteStore({ file });
  const gate = createGate({ store });
  const rules = ruleFiles(folder);
  let made = 0;
  const router = express.Router();
  router.use(express.json());
  router.get(
    '/:id',
    (req, res) => void (rules.get(req.params.id) ? res.json(rules.get(req.params.id)) : res.sendStatus(404)),
  );
  router.post('/', (req, res) => {
    const id = req.body.id ?? `made-${process.pid}-${++made}`;
    rules.set(id, req.body);
    die();
    res.status(201).json(rules.get(id));
  });
  router.patch('/:id', (req, res) => {
    rules.set(req.params.id, { ...rules.get(req.params.id), ...req.body });
    die();
    res.json(rules.get(req.params.id));
  });
  router.post('/:id/rename', (req, res) => {
    rules.set(req.body.to, rules.get(req.params.id));
    rules.delete(req.params.id);
    die();
    res.json(rules.get(req.body.to));
  });
  const app = express();
  app.use(gate.authenticate());
  app.use(
    '/rules',
    gate.guard({
      type: 'rule',
      tenancy: 'routed',
      content: ['data'],
      leaseMs: 300,
      writeWaitMs: 2_000,
      routes: {
        'GET /:id': 'read',
        'POST /': 'create',
        'PATCH /:id': 'update',
        'POST /:id/rename': { kind: 'rename', target: (req) => req.body.to },
      },
      load: (_req, id) => rules.get(id)?.id,
    }),
    router,
  );
  const server = app.listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    store,
    async close() {
      server.closeAllConnections();
      server.close();
      await gate.close();
      await store.close();
    },
  };
}

if (process.argv[2] === 'run') {
  const [, , , file = '', folder = '', turns = '0'] = process.argv;
  const kill = () => void process.kill(process.pid, 'SIGKILL');
  const after = (/** @type {number} */ left) => void (left === 0 ? kill() : setImmediate(() => after(left - 1)));
  const { port } = await service({ file, folder, die: () => after(Number(turns)) });
  console.log(port);
}
