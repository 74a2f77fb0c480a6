import { allow, DeniedError, deny } from '@flairgate/core';
import { memoryFilter } from '@flairgate/core/filters/memory';
import { defineRoute, type Route, type Service, schema } from '@flairgate/server';
import express, { type Request, type Response, type Router } from 'express';
import { z } from 'zod';

interface Row {
  readonly id: string;
  readonly oid: string;
  readonly created_by: string;
  readonly locked_by: string | null;
  readonly secret_to: string | null;
  readonly data: string;
}

const oidOf = (req: Request): string => String(req.params.oid);

/** Records of a host, in memory, behind the rules of resources: list, read, upsert and delete. */
export function recordRoutes({ gate }: Pick<Service, 'gate'>): Router {
  const rules = gate.resources({ type: 'record', content: ['data'] });
  const rows = new Map<string, Row>();
  const keyOf = (req: Request) => `${oidOf(req)} ${req.params.name}`;
  const callerOf = (req: Request) => ({ caller: gate.authOf(req), options: { organization: oidOf(req) } });
  const organization = oidOf;

  const list = (req: Request, res: Response): void => {
    const { caller, options } = callerOf(req);
    const known = memoryFilter(rules.where(caller, 'read', options), [...rows.values()]);
    const seen = rules.view(caller, known, options);
    res.json(Object.fromEntries(seen.map(({ id, ...more }) => [id, more])));
  };
  const read = (req: Request, res: Response): void => {
    const { caller, options } = callerOf(req);
    const row = rows.get(keyOf(req));
    const seen = rules.view(caller, row, options);
    if (seen === undefined) throw new DeniedError(rules.refusal(caller, row, 'read', options));
    res.json(seen);
  };
  const write = (req: Request, res: Response): void => {
    const { caller, options } = callerOf(req);
    const body = { data: String(Object(req.body).data) };
    const row = rows.get(keyOf(req));
    const admitted = rules.admit(caller, row, { kind: 'upsert', conditional: false, body }, options);
    if (!admitted.allowed) throw new DeniedError(admitted);
    if (row === undefined) {
      rows.set(keyOf(req), { id: String(req.params.name), ...body, ...rules.stamp(caller, 'create', options) });
    } else {
      const [found] = memoryFilter(rules.where(caller, 'upsert', options), [row]);
      if (found === undefined) throw new DeniedError(rules.refusal(caller, row, 'upsert', options));
      const stamp = rules.stamp(caller, 'update', options);
      const taken = stamp.kind === 'take-lock' ? { locked_by: found.locked_by ?? stamp.identity } : {};
      rows.set(keyOf(req), { ...found, ...body, ...taken });
    }
    res.json({});
  };
  const remove = (req: Request, res: Response): void => {
    const { caller, options } = callerOf(req);
    const row = rows.get(keyOf(req));
    const [found] = row === undefined ? [] : memoryFilter(rules.where(caller, 'delete', options), [row]);
    if (found === undefined) throw new DeniedError(rules.refusal(caller, row, 'delete', options));
    rows.delete(keyOf(req));
    res.json({});
  };

  const router = express.Router();
  const record = '/v1/records/:oid/:name';
  router.use('/v1/records', gate.authenticate(), express.urlencoded({ extended: false }));
  router.get('/v1/records/:oid', gate.requirePermissions('dr.list', { organization }), list);
  router.get(record, gate.requirePermissions('dr.list', { organization }), read);
  router.post(record, gate.requirePermissions('dr.set', { organization }), write);
  router.delete(record, gate.requirePermissions('dr.del', { organization }), remove);
  return router;
}

/** Creates a route that accepts ingestion keys only. */
export function pushRoute(): Route {
  return defineRoute({
    method: 'POST',
    path: '/v1/ingest/:oid',
    summary: 'Push data with an ingestion key',
    needs: { kind: 'credential', accept: ['ingestion-key'] },
    params: z.object({ oid: schema.uuid() }),
    fields: z.object({}),
    answer: z.object({ success: z.literal(true) }),
    async handle({ caller, params: { oid } }) {
      if (caller?.in(oid) !== undefined) return allow({ success: true as const });
      return deny('ERR_PERMISSION_MISSING', { detail: 'the key is of another organization', members: { missing: [] } });
    },
  });
}
