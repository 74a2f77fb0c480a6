import { randomUUID } from 'node:crypto';
import { DeniedError, deny, denyIssues, type Outcome } from '@flairgate/core';
import { kyselyContent, kyselyFilter, kyselyStamp } from '@flairgate/core/filters/kysely';
import type { WhereAction } from '@flairgate/core/resources';
import type { Gate } from '@flairgate/express';
import express, { type Request, type Response, type Router } from 'express';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { fieldToHal, HAL, objectToHal, pageToHal, type SeenObject, typeToHal } from './hal.js';
import type { ObjectType } from './object-types.js';
import type { Tables } from './objects.js';

/** Dependencies of {@link limeRouter}. */
export interface LimeOptions {
  readonly gate: Gate;
  readonly db: Kysely<Tables>;
  /** The organization that the database is. */
  readonly oid: string;
  readonly types: readonly ObjectType[];
}

const MOST = 100;
const digits = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number);
const paging = z.object({
  _limit: digits.pipe(z.int().min(1).max(MOST)).default(MOST),
  _offset: digits.default(0),
});

/** Creates the router of one database: Lime's paths and documents, guarded type by type. */
export function limeRouter(options: LimeOptions): Router {
  const { gate, oid, types } = options;
  const router = express.Router();
  const organization = () => oid;
  // In front of the decisions: a caller can take its time to send a body.
  router.use(gate.authenticate(), express.json({ limit: '64kb' }));
  router.get(
    '/',
    gate.requireAnyPermission(...types.map(({ name }) => `${name}.read`), { organization }),
    (req, res) => {
      const seen = types.filter(({ name }) => gate.authOf(req).in(oid)?.permissions.includes(`${name}.read`));
      const links = seen.map(({ name }) => ({ name, href: `${req.baseUrl}/metadata/entities/${name}/` }));
      sendHal(res, { _links: { self: { href: `${req.baseUrl}/` }, limetypes: links } });
    },
  );
  for (const type of types) {
    router.use(`/metadata/entities/${type.name}`, metadataRouter(options, type));
    for (const folder of ['limeobject', 'entities']) router.use(`/${folder}/${type.name}`, objectRouter(options, type));
  }
  return router;
}

/** Returns the address of the database, which the requests of all its routers begin with. */
function baseOf({ baseUrl }: Request): string {
  return baseUrl.replace(/\/(?:metadata\/entities|limeobject|entities)\/[^/]+$/, '');
}

function metadataRouter({ gate, oid }: LimeOptions, type: ObjectType): Router {
  const router = express.Router();
  router.use(gate.requirePermissions(`${type.name}.read`, { organization: () => oid }));
  router.get('/', (req, res) => sendHal(res, typeToHal(baseOf(req), type)));
  router.get('/fields/:field', (req, res) => {
    const name = String(req.params.field);
    const field = Object.hasOwn(type.fields, name) ? type.fields[name] : undefined;
    if (field === undefined) throw new DeniedError(deny('ERR_NOT_FOUND'));
    sendHal(res, fieldToHal(`${baseOf(req)}/metadata/entities/${type.name}/`, name, field));
  });
  return router;
}

function objectRouter(options: LimeOptions, type: ObjectType): Router {
  const { gate, oid } = options;
  const router = express.Router();
  const needs = (verb: string) => gate.requirePermissions(`${type.name}.${verb}`, { organization: () => oid });
  const objects = createObjects(options, type);
  router.get('/', needs('read'), async (req, res) => {
    const page = paging.safeParse(req.query);
    if (!page.success) throw new DeniedError(denyIssues([{ field: '_limit', message: `must be from 1 to ${MOST}` }]));
    const { _limit: limit, _offset: offset } = page.data;
    const found = await objects.list(req, { limit: limit + 1, offset });
    const shown = { limit, offset, more: found.length > limit };
    sendHal(res, pageToHal(baseOf(req), type, found.slice(0, limit), shown));
  });
  router.get('/:id', needs('read'), async (req, res) => {
    sendHal(res, objectToHal(baseOf(req), type, await objects.read(req)));
  });
  router.post('/', needs('add'), async (req, res) => {
    const id = await objects.add(req);
    const seen = gate.authOf(req).in(oid)?.permissions.includes(`${type.name}.read`) === true;
    sendHal(res, seen ? objectToHal(baseOf(req), type, await objects.readOne(req, id)) : { _id: id, _links: {} }, 201);
  });
  router.put('/:id', needs('write'), async (req, res) => {
    await objects.replace(req);
    sendHal(res, { _id: String(req.params.id), _links: {} });
  });
  router.delete('/:id', needs('delete'), async (req, res) => {
    await objects.remove(req);
    res.status(204).end();
  });
  return router;
}

function createObjects({ gate, db, oid }: LimeOptions, type: ObjectType) {
  const rules = gate.resources({ type: type.name, content: ['data'] });
  const callerOf = (req: Request) => {
    const caller = gate.authOf(req).in(oid);
    if (caller === undefined) throw new DeniedError(deny('ERR_NOT_FOUND'));
    return caller;
  };
  const visible = (req: Request) =>
    db
      .selectFrom('lime_object')
      .select(['oid', 'id', 'created_by', 'locked_by', 'secret_to'])
      .select(kyselyContent(rules, callerOf(req)))
      .where('oid', '=', oid)
      .where('type', '=', type.name)
      .where(kyselyFilter(rules.where(callerOf(req), 'read')));
  const explain = async (req: Request, action: WhereAction) => {
    const row = await db
      .selectFrom('lime_object')
      .select(['oid', 'id', 'created_by', 'locked_by', 'secret_to'])
      .where('oid', '=', oid)
      .where('type', '=', type.name)
      .where('id', '=', String(req.params.id))
      .executeTakeFirst();
    return new DeniedError(rules.refusal(callerOf(req), row, action));
  };
  const readOne = async (req: Request, id: string): Promise<SeenObject> => {
    const seen = rules.view(callerOf(req), await visible(req).where('id', '=', id).executeTakeFirst());
    if (seen === undefined) throw new DeniedError(deny('ERR_NOT_FOUND'));
    return seen as SeenObject;
  };
  return {
    readOne,
    read: (req: Request) => readOne(req, String(req.params.id)),
    async list(req: Request, { limit, offset }: { readonly limit: number; readonly offset: number }) {
      const rows = await visible(req).orderBy('id').limit(limit).offset(offset).execute();
      return rules.view(callerOf(req), rows) as SeenObject[];
    },
    async add(req: Request): Promise<string> {
      const id = randomUUID();
      const row = { type: type.name, id, data: parse(type, req.body), ...rules.stamp(callerOf(req), 'create') };
      await db.insertInto('lime_object').values(row).execute();
      return id;
    },
    async replace(req: Request): Promise<void> {
      const { numUpdatedRows } = await db
        .updateTable('lime_object')
        .set({ data: parse(type, req.body) })
        .set(kyselyStamp(rules, callerOf(req)))
        .where('oid', '=', oid)
        .where('type', '=', type.name)
        .where('id', '=', String(req.params.id))
        .where(kyselyFilter(rules.where(callerOf(req), 'update')))
        .executeTakeFirst();
      if (numUpdatedRows === 0n) throw await explain(req, 'update');
    },
    async remove(req: Request): Promise<void> {
      const { numDeletedRows } = await db
        .deleteFrom('lime_object')
        .where('oid', '=', oid)
        .where('type', '=', type.name)
        .where('id', '=', String(req.params.id))
        .where(kyselyFilter(rules.where(callerOf(req), 'delete')))
        .executeTakeFirst();
      if (numDeletedRows === 0n) throw await explain(req, 'delete');
    },
  };
}

function parse({ schema }: ObjectType, body: unknown): string {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return JSON.stringify(parsed.data);
  const issues = parsed.error.issues.map(({ path, message }) => ({ field: String(path[0] ?? 'body'), message }));
  throw new DeniedError(denyIssues(issues) satisfies Outcome<never>);
}

function sendHal(res: Response, document: object, status = 200): void {
  res.status(status).type(HAL).send(JSON.stringify(document));
}
