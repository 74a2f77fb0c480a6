import { randomUUID } from 'node:crypto';
import { DeniedError, denyIssues } from '@flairgate/core';
import { kyselyFilter } from '@flairgate/core/filters/kysely';
import { createGate } from '@flairgate/express';
import { remoteStore } from '@flairgate/stores/remote';
import express from 'express';
import { z } from 'zod';
import { openRules } from './rules-table.js';
import { httpHosts, secret, serve, variable } from './serve.js';

// Callers are known through Flairgate; the only rows of this service are its rules.
const store = remoteStore({ url: variable('ISSUER_URL'), serviceKey: secret('SERVICE_KEY'), allowHttp: httpHosts() });
const gate = createGate({ store, tokens: { issuer: variable('ISSUER'), audience: 'rules' } });
const rules = gate.resources({ type: 'rule', content: ['data'] });
const db = await openRules(process.env.DATABASE_URL, process.env.RULES_FILE);

const organization = ({ params }: express.Request) => String(params.oid);
const newRule = z.object({ name: z.string().min(1).max(128), data: z.string().max(16_384) });

const app = express();
app.use(gate.authenticate());

app.get('/orgs/:oid/rules', gate.requirePermissions('dr.list', { organization }), async (req, res) => {
  const where = rules.where(gate.authOf(req), 'read', { organization: req.params.oid });
  const rows = await db.selectFrom('demo_rule').selectAll().where(kyselyFilter(where)).orderBy('name').execute();
  res.json({ rules: rules.view(gate.authOf(req), rows, { organization: req.params.oid }) });
});

app.post(
  '/orgs/:oid/rules',
  // In front of the decision: a caller can take its time to send a body.
  express.json({ limit: '64kb' }),
  gate.requirePermissions('dr.set', { organization }),
  async (req, res) => {
    const { oid } = req.params;
    const body = newRule.safeParse(req.body);
    if (!body.success) throw new DeniedError(denyIssues([{ field: 'name, data', message: 'must be two texts' }]));
    const row = { id: randomUUID(), ...body.data, ...rules.stamp(gate.authOf(req), 'create', { organization: oid }) };
    await db.insertInto('demo_rule').values(row).execute();
    res.json(rules.view(gate.authOf(req), row, { organization: oid }));
  },
);

app.delete('/orgs/:oid/rules/:id', gate.requirePermissions('dr.del', { organization }), async (req, res) => {
  const { oid, id } = req.params;
  const where = rules.where(gate.authOf(req), 'delete', { organization: oid });
  const deleted = await db.deleteFrom('demo_rule').where('id', '=', id).where(kyselyFilter(where)).executeTakeFirst();
  if (deleted.numDeletedRows === 0n) {
    const found = await db.selectFrom('demo_rule').selectAll().where('id', '=', id).executeTakeFirst();
    throw new DeniedError(rules.refusal(gate.authOf(req), found, 'delete', { organization: oid }));
  }
  res.json({ success: true });
});

app.use(gate.errorHandler());

await serve(app, [() => gate.close(), () => store.close(), () => db.destroy()]);
