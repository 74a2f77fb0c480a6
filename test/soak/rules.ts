import type { Gate } from '@flairgate/express';
import express, { type RequestHandler, type Router } from 'express';

interface Rule {
  readonly id: string;
  readonly data: unknown;
}

/** Creates a router that does not know Flairgate, behind a guard. It keeps rules in a map, by organization. */
export function guardedRules(gate: Gate, type: string): RequestHandler {
  const byOrganization = new Map<string, Map<string, Rule>>();
  const rulesOf = (oid: string) => {
    const rules = byOrganization.get(oid) ?? new Map<string, Rule>();
    byOrganization.set(oid, rules);
    return rules;
  };
  const guard = gate.guard({
    type,
    tenancy: 'routed',
    content: ['data'],
    routes: { 'GET /': 'list', 'GET /:id': 'read', 'PUT /:id': 'upsert', 'DELETE /:id': 'delete' },
    load: ({ params }, id) => rulesOf(String(params.oid)).get(id)?.id,
    loadMany: ({ params }, ids) => ids.flatMap((id) => rulesOf(String(params.oid)).get(id) ?? []),
  });
  const app = express.Router();
  app.use('/soak/orgs/:oid/rules', gate.authenticate(), guard, ruleRouter(rulesOf));
  return app;
}

function ruleRouter(rulesOf: (oid: string) => Map<string, Rule>): Router {
  const router = express.Router({ mergeParams: true });
  const ofRequest = (req: express.Request) => rulesOf(String(Reflect.get(req.params, 'oid')));
  router.use(express.json());
  router.get('/', (req, res) => void res.json([...ofRequest(req).values()]));
  router.get('/:id', (req, res) => {
    const rule = ofRequest(req).get(req.params.id);
    if (rule === undefined) res.sendStatus(404);
    else res.json(rule);
  });
  router.put('/:id', (req, res) => {
    const { id } = req.params;
    const rule = { id, data: Reflect.get(Object(req.body), 'data') };
    ofRequest(req).set(id, rule);
    res.json(rule);
  });
  router.delete('/:id', (req, res) => {
    ofRequest(req).delete(req.params.id);
    res.json({ success: true });
  });
  return router;
}
