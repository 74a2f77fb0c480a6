import { DeniedError } from '@flairgate/core';
import { kyselyFilter } from '@flairgate/core/filters/kysely';
import type { TestKey } from '@flairgate/express/testing';
import express, { type Express, type Request, type Response } from 'express';
import { Kysely, SqliteDialect } from 'kysely';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GuardedApp, guardedApp, type Rule } from '../../packages/express/test/guard/guarded-app.js';
import { type Served, serve } from '../../packages/express/test/support.js';

/** Etag and time of the last change of every resource, in both services. */
const VERSION = '"v1"';
const CHANGED_AT = Date.UTC(2026, 0, 2);
const [BEFORE, AFTER] = [-1, 1].map((days) => new Date(CHANGED_AT + days * 86_400_000).toUTCString()) as [
  string,
  string,
];

const callers = ['a', 'b[segment]', 'c[secret]', 'd[lock]', 'e[root]', 'f[segment][root]', 'g[segment][secret]'];
const owners = ['nobody', 'caller', 'o', 'p[secret]', 'q[lock]', 'r[secret][lock]'] as const;
const writes: readonly (readonly [string, unknown])[] = [
  ['PUT', { name: 'x', data: 1 }],
  ['PUT', { name: 'x', data: null }],
  ['PATCH', { name: 'x' }],
  ['PATCH', { data: 1 }],
  ['DELETE', undefined],
];
const preconditions: readonly Readonly<Record<string, string>>[] = [
  {},
  { 'if-match': VERSION },
  { 'if-match': '"other"' },
  { 'if-match': '*' },
  { 'if-none-match': '*' },
  { 'if-unmodified-since': AFTER },
  { 'if-unmodified-since': BEFORE },
];

/** Every owner, write and precondition. */
const cases = owners.flatMap((owner) =>
  writes.flatMap(([method, body]) => preconditions.map((headers) => ({ owner, method, body, headers }))),
);

const ROUTES = { 'PUT /:id': 'upsert', 'PATCH /:id': 'update', 'DELETE /:id': 'delete' } as const;

interface Row {
  id: string;
  name: string;
  data: string | null;
  etag: string;
  oid: string;
  created_by: string | null;
  locked_by: string | null;
  secret_to: string | null;
}

/** Compares the version that a request names with the resource: undefined if it names none, or any. */
function versionMatched({ headers }: Request): boolean | undefined {
  const since = headers['if-unmodified-since'];
  if (since !== undefined) return CHANGED_AT <= Date.parse(since);
  const sent = headers['if-match'];
  return sent === undefined || sent === '*' ? undefined : sent === VERSION;
}

/** The service behind the guard: it compares versions, as a router that knows them does. */
function versioned(rules: Map<string, Rule>): express.Router {
  const router = express.Router();
  router.use(express.json());
  router.use('/:id', (req, res, next) => {
    if (rules.has(req.params.id) && versionMatched(req) === false) {
      res.status(412).json({ code: 'ERR_ETAG_MISMATCH' });
    } else next();
  });
  router.put('/:id', (req, res) => {
    rules.set(req.params.id, { ...req.body, id: req.params.id });
    res.json(rules.get(req.params.id));
  });
  router.patch('/:id', (req, res) => void res.json({ ...rules.get(req.params.id), ...req.body }));
  router.delete('/:id', (req, res) => {
    rules.delete(req.params.id);
    res.sendStatus(204);
  });
  return router;
}

/** The same service with ownership in its own table, as docs/resources.md has it. */
function ownTable({ kit }: GuardedApp, db: Kysely<{ rule: Row }>): Express {
  const rules = kit.gate.resources({ type: 'rule', content: ['data'], validators: ['etag'] });
  const find = (id: string) => db.selectFrom('rule').selectAll().where('id', '=', id).executeTakeFirst();
  const matched = (req: Request, row: Row | undefined) => {
    const etagMatched = versionMatched(req);
    return etagMatched === undefined ? {} : { etagMatched: row !== undefined && etagMatched };
  };
  const onlyAbsentOf = (req: Request) => req.headers['if-none-match'] === '*';
  const tell = (res: Response, outcome: ReturnType<typeof rules.admit>) => {
    if (!outcome.allowed) throw new DeniedError(outcome);
    res.json({});
  };
  const app = express();
  app.use(kit.gate.authenticate());
  app.put('/rules/:id', express.json(), async (req, res) => {
    const row = await find(req.params.id);
    const conditional = (req.headers['if-match'] ?? req.headers['if-unmodified-since']) !== undefined;
    const write = { kind: 'upsert', conditional, onlyAbsent: onlyAbsentOf(req), body: req.body } as const;
    tell(res, rules.admit(req.auth, row, write, matched(req, row)));
  });
  app.patch('/rules/:id', express.json(), async (req, res) => {
    const row = await find(req.params.id);
    const write = { kind: 'patch', onlyAbsent: onlyAbsentOf(req), body: req.body } as const;
    tell(res, rules.admit(req.auth, row, write, matched(req, row)));
  });
  app.delete('/rules/:id', async (req, res) => {
    const onlyAbsent = onlyAbsentOf(req);
    const isVersionRight = versionMatched(req);
    const gone = await db
      .deleteFrom('rule')
      .where('id', '=', req.params.id)
      .where(kyselyFilter(rules.where(req.auth, isVersionRight === undefined ? 'delete' : 'patch')))
      .where('etag', isVersionRight === false || onlyAbsent ? '!=' : '=', VERSION)
      .executeTakeFirst();
    if (gone.numDeletedRows > 0n) return void res.sendStatus(204);
    const row = await find(req.params.id);
    throw new DeniedError(rules.refusal(req.auth, row, 'delete', { ...matched(req, row), onlyAbsent }));
  });
  app.use(kit.gate.errorHandler());
  return app;
}

describe('a write', () => {
  let guarded: GuardedApp;
  let own: Served;
  let db: Kysely<{ rule: Row }>;
  const keys = new Map<string, TestKey>();

  beforeAll(async () => {
    guarded = await guardedApp({ router: versioned, guard: { routes: ROUTES, validators: [] } });
    for (const name of [...callers, ...owners.slice(2)]) keys.set(name, await guarded.kit.key({ name }));
    const database = new Database(':memory:');
    database.exec(
      'create table rule (id text, name text, data text, etag text, oid text, created_by text, locked_by text, secret_to text)',
    );
    db = new Kysely({ dialect: new SqliteDialect({ database }) });
    own = await serve(ownTable(guarded, db));
  });
  afterAll(async () => {
    await own.close();
    await db.destroy();
    await guarded.close();
  });

  const keyOf = (name: string): TestKey => {
    const key = keys.get(name);
    if (key === undefined) throw new Error(name);
    return key;
  };

  /** Makes the resource in both services, by the key that shall own it. */
  async function make(id: string, owner: string): Promise<void> {
    const made = await guarded.ask(keyOf(owner), 'PUT', `/rules/${id}`, { name: 'n', data: 'secret' });
    expect(made.status).toBe(200);
    const row = await guarded.kit.store.read((tx) => tx.find('ownership', { id }));
    const [{ createdBy = null, lockedBy = null, secretTo = null } = {}] = row;
    const ownership = { oid: guarded.kit.oid, created_by: createdBy, locked_by: lockedBy, secret_to: secretTo };
    await db
      .insertInto('rule')
      .values({ id, name: 'n', data: 'secret', etag: VERSION, ...ownership })
      .execute();
  }

  it.each(callers)('a write by %s ends the same in a table of its own and behind a guard', async (caller) => {
    const codes = new Set<unknown>();
    for (const [at, { owner, method, body, headers }] of cases.entries()) {
      const id = `r${callers.indexOf(caller)}-${at}`;
      if (owner !== 'nobody') await make(id, owner === 'caller' ? caller : owner);
      const behind = await guarded.ask(keyOf(caller), method, `/rules/${id}`, body, headers);
      const beside = await asked(own, keyOf(caller), method, `/rules/${id}`, body, headers);
      const what = `${method} ${JSON.stringify(body)} ${JSON.stringify(headers)} of ${owner}`;
      expect([what, behind.status, behind.json?.code], what).toEqual([what, beside.status, beside.code]);
      codes.add(behind.json?.code);
    }
    expect(codes.size).toBeGreaterThan(3);
  });
});

async function asked(
  { url }: Served,
  { text }: TestKey,
  method: string,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly code: unknown }> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers, 'x-api-key': text },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const sent = await answer.text();
  return { status: answer.status, code: sent === '' ? undefined : JSON.parse(sent).code };
}
