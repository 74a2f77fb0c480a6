import { createRequire } from 'node:module';
import type { GuardOptions } from '@flairgate/express';
import { type TestGate, type TestGateOptions, type TestKey, testGate } from '@flairgate/express/testing';
import express5, { type Express, type RequestHandler, type Router } from 'express';
import { type Served, serve } from '../support.js';

/** Express 5's types for both: their routers are called alike. */
const express4: typeof express5 = createRequire(import.meta.url)('express4');

export const versions = { 'Express 4': express4, 'Express 5': express5 } as const;

export interface Rule {
  readonly id: string;
  readonly name: string;
  readonly data: unknown;
}

/** Creates a router that does not know Flairgate and keeps rules in a map. */
export function ruleRouter(express: typeof express5, rules: Map<string, Rule>): Router {
  const router = express.Router();
  router.use(express.json());
  router.get('/', (_req, res) => void res.json([...rules.values()]));
  router.get('/:id', (req, res) => {
    const rule = rules.get(req.params.id);
    if (rule === undefined) res.status(404).send(`<h1>no rule ${req.params.id}</h1>`);
    else res.json(rule);
  });
  router.post('/', (req, res) => {
    const id = String(req.body.id ?? `made-${rules.size + 1}`);
    if (rules.has(id)) return void res.status(409).json({ taken: rules.get(id) });
    rules.set(id, { ...req.body, id });
    return void res.status(201).location(`/rules/${id}`).json(rules.get(id));
  });
  router.put('/:id', (req, res) => {
    rules.set(req.params.id, { ...req.body, id: req.params.id });
    res.json(rules.get(req.params.id));
  });
  router.patch('/:id', (req, res) => {
    const rule = rules.get(req.params.id);
    if (rule === undefined) return void res.sendStatus(404);
    rules.set(rule.id, { ...rule, ...req.body, id: rule.id });
    return void res.json(rules.get(rule.id));
  });
  router.delete('/:id', (req, res) => {
    rules.delete(req.params.id);
    res.sendStatus(204);
  });
  router.post('/:id/rename', (req, res) => {
    const rule = rules.get(req.params.id);
    if (rule === undefined) return void res.sendStatus(404);
    rules.delete(rule.id);
    rules.set(req.body.to, { ...rule, id: req.body.to });
    return void res.json(rules.get(req.body.to));
  });
  router.post('/:id/copy', (req, res) => {
    const rule = rules.get(req.params.id);
    if (rule === undefined) return void res.sendStatus(404);
    const id = String(req.body?.to ?? `copy-of-${rule.id}`);
    rules.set(id, { ...rule, id });
    return void res.json(rules.get(id));
  });
  router.get('/:id/export', (req, res) => void res.json(rules.get(req.params.id)));
  return router;
}

export function guardOptions(rules: Map<string, Rule>): GuardOptions {
  return {
    type: 'rule',
    tenancy: 'routed',
    content: ['data'],
    validators: ['etag'],
    routes: {
      'GET /': 'list',
      'GET /:id': 'read',
      'POST /': 'create',
      'PUT /:id': 'upsert',
      'PATCH /:id': 'update',
      'DELETE /:id': 'delete',
      'POST /:id/rename': { kind: 'rename', target: (req) => req.body.to },
      'POST /:id/copy': { kind: 'copy', target: (req) => req.body?.to },
    },
    load: (_req, id) => rules.get(id)?.id,
    loadMany: (_req, ids) => ids.flatMap((id) => rules.get(id) ?? []),
    writeWaitMs: 500,
  };
}

/** Asks as a key: status, headers and body as they came. */
export interface Asked {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Whatever the answer holds. It is compared, not used. */
  readonly json: ReturnType<typeof JSON.parse>;
}

export interface GuardedApp {
  readonly kit: TestGate;
  readonly app: Express;
  readonly served: Served;
  readonly rules: Map<string, Rule>;
  ask(key: TestKey, method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Asked>;
  close(): Promise<void>;
}

export interface GuardedAppOptions {
  readonly express?: typeof express5;
  readonly guard?: Partial<GuardOptions>;
  readonly gate?: TestGateOptions;
  readonly rules?: Map<string, Rule>;
  readonly router?: (rules: Map<string, Rule>) => RequestHandler;
  readonly before?: RequestHandler;
}

export async function guardedApp(options: GuardedAppOptions = {}): Promise<GuardedApp> {
  const express = options.express ?? express5;
  const rules = options.rules ?? new Map<string, Rule>();
  const kit = await testGate(options.gate);
  const app = express();
  app.use(kit.gate.authenticate());
  if (options.before !== undefined) app.use(options.before);
  const router = options.router?.(rules) ?? ruleRouter(express, rules);
  app.use('/rules', kit.gate.guard({ ...guardOptions(rules), ...options.guard }), router);
  app.use(kit.gate.errorHandler());
  const served = await serve(app);
  return {
    kit,
    app,
    served,
    rules,
    ask: (key, method, path, body, headers) => ask(served.url, key, method, path, body, headers),
    async close() {
      await served.close();
      await kit.close();
    },
  };
}

async function ask(
  url: string,
  { text: key }: TestKey,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Asked> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(`${url}${path}`, { method, headers: { ...type, ...headers, 'x-api-key': key }, ...sent });
  const text = await answer.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: answer.status, headers: answer.headers, text, json };
}
