// An app whose handlers the instrumentation of OpenTelemetry replaces, as `node --require` loads it.
const { ExpressInstrumentation } = require('@opentelemetry/instrumentation-express');
const { BasicTracerProvider } = require('@opentelemetry/sdk-trace-base');

const instrumentation = new ExpressInstrumentation();
instrumentation.setTracerProvider(new BasicTracerProvider());
const express = require('express');

async function main() {
  const { testGate, unguardedRoutes } = await import('@flairgate/express/testing');
  const kit = await testGate();
  const { gate } = kit;
  const sub = express();
  const app = express();
  const answer = (_req, res) => res.end();
  sub.get('/x', gate.requirePermissions('dr.list'), answer);
  app.use(gate.authenticate());
  app.use('/rules', gate.requirePermissions('dr.list'));
  app.get('/rules', answer);
  app.get('/open', answer);
  app.use('/sub', sub);
  app.use(express.static('.'));
  const isWrapped = app.router.stack.some(({ handle }) => typeof handle.__original === 'function');
  process.stdout.write(`${unguardedRoutes(app).join(', ')}; wrapped: ${isWrapped}\n`);
  await kit.close();
}

void main();
