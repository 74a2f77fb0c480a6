import { DeniedError, denyIssues } from '@flairgate/core';
import { drizzleContent, drizzleFilter, drizzleStamp } from '@flairgate/core/filters/drizzle';
import type { Gate } from '@flairgate/express';
import { and, eq, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import express, { type Express, type Request } from 'express';
import { z } from 'zod';
import { rule } from './table.js';

const newRule = z.object({ name: z.string().min(1).max(128), data: z.string().max(16_384) });
const anyId = z.uuid();

/** Creates an app whose rules are in a table of Drizzle. Each statement has the condition of its caller. */
export function createApp(gate: Gate, db: NodePgDatabase): Express {
  // Drizzle names columns by the properties of the table, so the rules do too.
  const columns = { organization: 'oid', createdBy: 'createdBy', lockedBy: 'lockedBy', secretTo: 'secretTo' } as const;
  const rules = gate.resources({ type: 'rule', content: ['data'], columns });
  const organization = ({ params }: Request) => String(params.oid);

  const app = express();
  app.use(gate.authenticate());

  app.get('/orgs/:oid/rules', gate.requirePermissions('dr.list', { organization }), async (req, res) => {
    const [caller, within] = [gate.authOf(req), { organization: organization(req) }];
    // Content that is secret to another caller does not leave the database.
    const shown = { id: rule.id, name: rule.name, ...drizzleContent(rules, caller, rule, sql, within) };
    const mine = drizzleFilter(rules.where(caller, 'read', within), rule, sql);
    res.json({ rules: await db.select(shown).from(rule).where(mine).orderBy(rule.name) });
  });

  app.post(
    '/orgs/:oid/rules',
    // In front of the decision: a caller can take its time to send a body.
    express.json({ limit: '64kb' }),
    gate.requirePermissions('dr.set', { organization }),
    async (req, res) => {
      const [caller, within] = [gate.authOf(req), { organization: organization(req) }];
      // The stamp comes last: a caller must not choose the owner.
      const row = { ...parse(req.body), ...rules.stamp(caller, 'create', within) };
      const [created] = await db.insert(rule).values(row).returning({ id: rule.id });
      res.json(created);
    },
  );

  app.put(
    '/orgs/:oid/rules/:id',
    express.json({ limit: '64kb' }),
    gate.requirePermissions('dr.set', { organization }),
    async (req, res) => {
      const [caller, within] = [gate.authOf(req), { organization: organization(req) }];
      const set = { ...parse(req.body), ...drizzleStamp(rules, caller, rule, sql, within) };
      const mine = and(eq(rule.id, idOf(req)), drizzleFilter(rules.where(caller, 'update', within), rule, sql));
      const updated = await db.update(rule).set(set).where(mine).returning({ id: rule.id });
      if (updated.length === 0) throw await refusal(req, 'update');
      res.json({ id: idOf(req) });
    },
  );

  app.delete('/orgs/:oid/rules/:id', gate.requirePermissions('dr.del', { organization }), async (req, res) => {
    const where = rules.where(gate.authOf(req), 'delete', { organization: organization(req) });
    const mine = and(eq(rule.id, idOf(req)), drizzleFilter(where, rule, sql));
    const deleted = await db.delete(rule).where(mine).returning({ id: rule.id });
    if (deleted.length === 0) throw await refusal(req, 'delete');
    res.json({ success: true });
  });

  app.use(gate.errorHandler());
  return app;

  /** Returns why no row was changed: 404 for a hidden one as for a missing one, 403 for a locked one. */
  async function refusal(req: Request, action: 'update' | 'delete'): Promise<DeniedError> {
    const [found] = await db
      .select()
      .from(rule)
      .where(eq(rule.id, idOf(req)));
    return new DeniedError(rules.refusal(gate.authOf(req), found, action, { organization: organization(req) }));
  }
}

function parse(body: unknown): z.output<typeof newRule> {
  const parsed = newRule.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new DeniedError(denyIssues([{ field: 'name, data', message: 'must be two texts' }]));
}

/** Returns the id of the path. Text that is no UUID is the id of no row; PostgreSQL would refuse to compare it. */
function idOf({ params }: Request): string {
  return anyId.safeParse(params.id).data ?? '00000000-0000-0000-0000-000000000000';
}
