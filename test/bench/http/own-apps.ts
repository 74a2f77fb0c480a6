import { randomBytes } from 'node:crypto';
import { createKey } from '@flairgate/core/administration';
import { mintKeyId, mintKeyText } from '@flairgate/core/internal';
import { createGate, type Gate, type GateOptions } from '@flairgate/express';
import type { Application, RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import {
  type BenchFixture,
  createBenchFixture,
  makeSigning,
  makeTokens,
  needed,
  type StoreKind,
  type TokenAlgorithm,
} from '../harness/fixture.js';
import { answer, type Headers, path, type Served, type Variant } from './app.js';
import { guardedApps } from './guarded-apps.js';
import { issuerApps } from './issuer-apps.js';

/** Different credentials in turn, so that a cache of one never holds the next. */
const COLD_COUNT = 200;
const UNKNOWN_COUNT = 1000;

/** Refusals are to be measured, not limited. */
const UNREACHED = 1_000_000_000;
const UNLIMITED = { failureLimit: { limit: UNREACHED } } as const;

export const ownApps: readonly Variant[] = [
  { name: 'x-api-key, warm', mount: (app) => withKey(app, 'memory') },
  { name: 'x-api-key, warm, usage off', mount: (app) => withKey(app, 'memory', { usage: false }) },
  { name: 'x-api-key, warm, on SQLite', mount: (app) => withKey(app, 'sqlite') },
  { name: 'x-api-key, cold, on SQLite', mount: (app) => withColdKeys(app, 'sqlite') },
  ...(['HS256', 'RS256', 'ES256'] as const).flatMap((algorithm) => [
    { name: `Bearer ${algorithm}, warm`, mount: (app: Application) => withToken(app, algorithm) },
    { name: `Bearer ${algorithm}, cold`, mount: (app: Application) => withColdTokens(app, algorithm) },
  ]),
  ...issuerApps,
  { name: 'x-api-key, warm, with limiter', mount: withLimiter },
  { name: 'x-api-key, warm, with express-rate-limit', mount: withPlainLimiter },
  ...guardedApps,
  { name: 'refused: no credential', mount: (app) => refusing(app, 'memory', [{}]) },
  { name: 'refused: malformed token', mount: (app) => refusing(app, 'memory', [{ authorization: 'Bearer a b' }]) },
  { name: 'refused: unknown key, on SQLite', mount: (app) => refusing(app, 'sqlite', unknownKeys()) },
  { name: 'refused: unknown key, on PostgreSQL', mount: (app) => refusing(app, 'postgres', unknownKeys()) },
];

function protect(app: Application, gate: Gate): void {
  app.use(gate.authenticate());
  app.get(path, gate.requirePermissions(needed), (_req, res) => {
    res.json(answer);
  });
  app.use(gate.errorHandler());
}

async function withKey(app: Application, kind: StoreKind, options: Partial<GateOptions> = {}): Promise<Served> {
  const setting = await createBenchFixture(kind);
  const gate = gateOf(setting, options);
  protect(app, gate);
  const text = await setting.key('bench');
  return {
    send: [{ 'x-api-key': text }],
    refused: { 'x-api-key': `${text}x` },
    createKeys: (perSecond) => createKeys(setting, gate, perSecond),
    remove: setting.remove,
  };
}

async function withColdKeys(app: Application, kind: StoreKind): Promise<Served> {
  const setting = await createBenchFixture(kind);
  protect(app, gateOf(setting, { maxCachedPrincipals: 1 }));
  const send: Headers[] = [];
  while (send.length < COLD_COUNT) send.push({ 'x-api-key': await setting.key(`bench ${send.length}`) });
  return { send, refused: { 'x-api-key': 'unknown' }, remove: setting.remove };
}

async function withToken(app: Application, algorithm: TokenAlgorithm): Promise<Served> {
  return withTokens(app, algorithm, 1, {});
}

async function withColdTokens(app: Application, algorithm: TokenAlgorithm): Promise<Served> {
  return withTokens(app, algorithm, COLD_COUNT, { maxCachedPrincipals: 1 });
}

async function withTokens(
  app: Application,
  algorithm: TokenAlgorithm,
  count: number,
  options: Partial<GateOptions>,
): Promise<Served> {
  const setting = await createBenchFixture('memory');
  const signing = await makeSigning(setting, algorithm);
  protect(app, gateOf(setting, { ...options, tokens: signing.tokens }));
  const tokens = await makeTokens(setting, signing, await setting.key('bench'), count);
  const send = tokens.map((token) => ({ authorization: `Bearer ${token}` }));
  return {
    send,
    refused: { authorization: `Bearer ${tokens[0]?.slice(0, -6)}AAAAAA` },
    remove: setting.remove,
  };
}

async function withLimiter(app: Application): Promise<Served> {
  return limitedBy(app, (gate) => gate.rateLimit({ limit: UNREACHED }));
}

/** The library that `gate.rateLimit` is built on, behind the same gate. */
async function withPlainLimiter(app: Application): Promise<Served> {
  return limitedBy(app, () => rateLimit({ limit: UNREACHED, windowMs: 60_000, keyGenerator: () => 'all' }));
}

async function limitedBy(app: Application, limiterOf: (gate: Gate) => RequestHandler): Promise<Served> {
  const setting = await createBenchFixture('memory');
  const gate = gateOf(setting);
  app.use(gate.authenticate(), limiterOf(gate));
  app.get(path, gate.requirePermissions(needed), (_req, res) => {
    res.json(answer);
  });
  return {
    send: [{ 'x-api-key': await setting.key('bench') }],
    refused: { 'x-api-key': 'unknown' },
    remove: setting.remove,
  };
}

async function refusing(app: Application, kind: StoreKind, send: readonly Headers[]): Promise<Served> {
  const setting = await createBenchFixture(kind);
  protect(app, gateOf(setting));
  const malformed = send.some(({ authorization }) => authorization !== undefined);
  return { send, status: malformed ? 400 : 401, remove: setting.remove };
}

function gateOf({ store }: BenchFixture, options: Partial<GateOptions> = {}): Gate {
  return createGate({ ...UNLIMITED, ...options, store });
}

function unknownKeys(): Headers[] {
  const mint = () => mintKeyText('fg', mintKeyId(randomBytes), randomBytes);
  return Array.from({ length: UNKNOWN_COUNT }, () => ({ 'x-api-key': mint() }));
}

/** Creates keys at an even pace, each a security change that this process sees at once. */
function createKeys({ context, oid }: BenchFixture, gate: Gate, perSecond: number): () => void {
  const owner = { kind: 'organization', oid } as const;
  const committed = () => gate.authenticator.revision.sync();
  const operator = { kind: 'operator', name: 'benchmark' } as const;
  let made = 0;
  let due = 0;
  const everyMs = 10;
  const timer = setInterval(() => {
    due += (perSecond * everyMs) / 1000;
    for (; due >= 1; due -= 1) {
      made += 1;
      void createKey({ ...context, committed }, operator, { owner, name: `made ${made}`, permissions: [needed] });
    }
  }, everyMs);
  return () => clearInterval(timer);
}
