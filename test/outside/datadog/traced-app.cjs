// The gate in an app that dd-trace instruments, as `node --require dd-trace/init` loads it. Nothing leaves the process:
// the agent's address is closed.
const tracer = require('dd-trace').init({ url: 'http://127.0.0.1:9', startupLogs: false, logInjection: true });
const assert = require('node:assert/strict');
const { once } = require('node:events');
const { createRequire } = require('node:module');
const { join } = require('node:path');

const root = join(__dirname, '..', '..', '..');
const fromExpress = createRequire(join(root, 'packages/express/package.json'));
const fromTests = createRequire(join(root, 'test/package.json'));

async function check(version, express, { testGate, unguardedRoutes }) {
  const kit = await testGate();
  const { gate } = kit;
  const key = await kit.key({ permissions: ['dr.list'] });
  const poor = await kit.key({ permissions: [] });
  const app = express();
  const sub = express();
  const spans = [];
  sub.get('/x', gate.requirePermissions('dr.list'), (_req, res) => res.end());
  const authenticate = gate.authenticate();
  app.use(authenticate);
  app.use('/rules', gate.requirePermissions('dr.list'));
  app.get('/rules', (req, res) => {
    spans.push(tracer.scope().active()?.context().toTraceId());
    res.json({ ident: gate.authOf(req).ident });
  });
  app.use('/sub', sub);
  app.use(gate.errorHandler());
  gate.assertGuarded(app);
  app.get('/open', (_req, res) => res.end());
  app.use(express.static('.'));
  const { use } = app._router ?? app.router;
  assert.match(String(use), /methodWithTrace/, 'dd-trace instruments nothing');
  const unguarded = unguardedRoutes(app).join(', ');
  assert.equal(unguarded, 'GET /open, USE /');
  assert.throws(() => gate.assertGuarded(app), /GET \/open/);
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const ask = async (path, headers) => {
    const { status } = await fetch(`http://127.0.0.1:${server.address().port}${path}`, { headers });
    return status;
  };
  const statuses = [
    await ask('/rules', { 'x-api-key': key.text }),
    await ask('/rules', { 'x-api-key': key.text }),
    await ask('/sub/x', { 'x-api-key': key.text }),
    await ask('/rules', { 'x-api-key': poor.text }),
    await ask('/rules', {}),
    await ask('/rules', { 'x-api-key': key.text, authorization: 'Bearer abc' }),
  ];
  assert.deepEqual(statuses, [200, 200, 200, 401, 401, 400]);
  assert.equal(spans.filter((id) => typeof id === 'string').length, 2, 'the span is lost in authenticate');
  process.stdout.write(
    `Express ${version}: unguarded ${unguarded}; ${statuses.join(' ')}; instrumented, a span in the handler\n`,
  );
  server.closeAllConnections();
  server.close();
  await kit.close();
}

async function main() {
  const kitModule = await import(join(root, 'packages/express/dist/testing/index.js'));
  process.stdout.write(`dd-trace ${require('dd-trace/package.json').version}, Node ${process.version}\n`);
  await check(5, fromExpress('express'), kitModule);
  await check(4, fromTests('express4'), kitModule);
  process.exit(0);
}

void main();
