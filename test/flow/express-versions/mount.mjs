import { DeniedError, deny } from '@flairgate/core';

/** The one app both versions run. Handlers are async; Express 4 does not wait for them, so they catch for themselves. */
export function mount(express, { gate, oid }) {
  const app = express();
  const rules = gate.resources({ type: 'rule', content: ['data'] });
  const rows = [
    { id: 'open', oid, created_by: null, locked_by: null, secret_to: null, data: 'seen' },
    { id: 'secret', oid, created_by: 'x', locked_by: null, secret_to: 'y', data: 'unseen' },
  ];
  let handled = 0;

  app.use(express.json({ limit: 100 }), express.urlencoded({ extended: false }));
  app.get('/public', gate.authenticate({ optional: true }), (req, res) =>
    res.json({ anonymous: req.auth === undefined }),
  );
  app.post('/ingest', gate.authenticate({ accept: ['ingestion-key'] }), (req, res) =>
    res.json({ kind: req.auth.kind }),
  );
  app.get('/handled', (_req, res) => res.json({ handled }));
  app.use(gate.authenticate());
  app.get('/limited', gate.rateLimit({ limit: 2 }), (_req, res) => res.json({}));
  app.get('/rules', gate.requirePermissions('dr.list'), (req, res) => res.json(rules.view(req.auth, rows)));
  app.all('/write', gate.requirePermissions('dr.set'), (_req, res) => {
    handled += 1;
    res.json({});
  });
  app.get('/async', async (_req, _res, next) => {
    try {
      await Promise.reject(new DeniedError(deny('ERR_NOT_FOUND')));
    } catch (error) {
      next(error);
    }
  });
  app.get('/fault', () => {
    throw new Error('a fault of the handler');
  });
  const nested = express.Router({ mergeParams: true });
  nested.get('/rules', gate.requirePermissions('dr.list', { organization: (req) => req.params.oid }), (req, res) =>
    res.json({ identity: req.auth.identity, oid: req.params.oid }),
  );
  app.use('/orgs/:oid', nested);
  app.post('/echo', (req, res) => res.json(req.body));
  app.use(gate.errorHandler({ onFault: () => undefined }));
  return app;
}

/** Makes callers, listens, and prints on one line what the suite needs. */
export async function run(express, kit) {
  const reader = await kit.key({ name: 'reader', permissions: ['dr.list'] });
  const callers = {
    oid: kit.oid,
    elsewhere: await kit.organization(),
    reader: reader.text,
    token: await kit.token(reader),
    writer: (await kit.key({ permissions: ['dr.list', 'dr.set'] })).text,
    ingestion: (await kit.ingestionKey()).text,
  };
  const server = mount(express, kit).listen(0, '127.0.0.1', () => {
    process.stdout.write(`${JSON.stringify({ port: server.address().port, ...callers })}\n`);
  });
  process.once('SIGTERM', () => {
    server.closeAllConnections();
    server.close(() => kit.close());
  });
}
