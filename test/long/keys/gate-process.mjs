// A gate on SQLite, or bare Express, as a process of its own: what it uses of the processor can be measured.
// Arguments: `gate` or `bare`, the database, a file that `/file` reads. It prints its port.
import { readFile } from 'node:fs/promises';
import { createGate } from '@flairgate/express';
import { sqliteStore } from '@flairgate/stores/sqlite';
import express from 'express';

const [kind, database, file] = process.argv.slice(2);

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.get('/cpu', (_req, res) => {
  const { user, system } = process.cpuUsage();
  res.json({ micros: user + system });
});
// As long as the file takes in this process, whoever else is asking.
app.get('/file', async (_req, res) => {
  const started = performance.now();
  await readFile(file);
  res.json({ ms: performance.now() - started });
});
if (kind === 'gate') {
  // The failure limit has tests of its own: it would end each flood with 429.
  const gate = createGate({ store: await sqliteStore({ file: database }), failureLimit: { limit: 0 } });
  app.get('/rules', gate.authenticate(), gate.requirePermissions('dr.list'), (_req, res) => res.json({ rules: [] }));
  app.use(gate.errorHandler());
} else {
  app.get('/rules', (_req, res) => res.json({ rules: [] }));
}
const server = app.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
