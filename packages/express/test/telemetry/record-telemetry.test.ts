import { UnavailableError } from '@flairgate/core';
import { recordTelemetry } from '@flairgate/express/telemetry';
import { type TestGate, type TestKey, testGate } from '@flairgate/express/testing';
import { context, metrics, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import express from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Served, serve } from '../support.js';

const spans = new InMemorySpanExporter();
const exported = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter: exported, exportIntervalMillis: 3_600_000 });
const meters = new MeterProvider({ readers: [reader] });
const tracers = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });

const SECRET_IN_AN_ERROR = 'text that somebody put into an error';
const UNKNOWN = 'fg_0000000000000000000000000000000000000000000';

let kit: TestGate;
let lister: TestKey;
let served: Served;
let stop: () => void;

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(tracers);
  metrics.setGlobalMeterProvider(meters);
  kit = await testGate({ failureLimit: { limit: 0 } });
  lister = await kit.key({ name: 'named', permissions: ['dr.list'] });
  const { gate } = kit;
  stop = recordTelemetry({ gates: [gate] });
  const app = express();
  // As an instrumentation of HTTP does it.
  app.use((_req, res, next) => {
    trace.getTracer('test').startActiveSpan('request', (span) => {
      res.once('close', () => span.end());
      next();
    });
  });
  app.use(gate.authenticate());
  app.get('/list', gate.requirePermissions('dr.list'), (_req, res) => void res.json({}));
  app.get('/write', gate.requirePermissions('dr.set'), (_req, res) => void res.json({}));
  app.get('/down', () => {
    throw new UnavailableError('store', new Error(SECRET_IN_AN_ERROR));
  });
  app.get('/broken', () => {
    throw new Error(SECRET_IN_AN_ERROR);
  });
  app.use(gate.errorHandler());
  served = await serve(app);
  const get = (path: string, key: string) => request(served.url).get(path).set('x-api-key', key);
  await get('/list', lister.text).expect(200);
  await get('/list', lister.text).expect(200);
  await get('/list', UNKNOWN).expect(401);
  await get('/write', lister.text).expect(401);
  await get('/down', lister.text).expect(503);
  await get('/broken', lister.text).expect(500);
  await request(served.url).get('/list').set('authorization', 'Bearer x').expect(401);
  await request(served.url).get('/list').expect(401);
});
afterAll(async () => {
  stop();
  await served.close();
  await kit.close();
  await meters.shutdown();
  await tracers.shutdown();
});

/** Every value of a metric, with its attributes. */
async function pointsOf(name: string): Promise<readonly (readonly [unknown, object])[]> {
  await reader.forceFlush();
  const scopes = exported.getMetrics().at(-1)?.scopeMetrics ?? [];
  const found = scopes.flatMap((scope) => scope.metrics).filter(({ descriptor }) => descriptor.name === name);
  return found.flatMap(({ dataPoints }) => dataPoints.map(({ value, attributes }) => [value, attributes] as const));
}

describe('the metrics', () => {
  it('the metrics count refusals by code and stage', async () => {
    const denial = (code: string, stage: string) => ({
      'flairgate.denial.code': code,
      'flairgate.denial.stage': stage,
    });
    expect(await pointsOf('flairgate.denials')).toEqual(
      expect.arrayContaining([
        [1, denial('ERR_KEY_INVALID', 'principal')],
        [1, denial('ERR_TOKEN_INVALID', 'principal')],
        [1, denial('ERR_CREDENTIAL_MISSING', 'principal')],
        [1, denial('ERR_PERMISSION_MISSING', 'permission')],
        [1, denial('ERR_STORE_UNAVAILABLE', 'fault')],
        [1, denial('ERR_INTERNAL', 'fault')],
      ]),
    );
    expect((await pointsOf('flairgate.denials')).length).toBe(6);
  });

  it('the metrics count errors that are no refusal and answers 503, without a word of theirs', async () => {
    expect(await pointsOf('flairgate.faults')).toEqual([
      [1, { 'error.type': 'unavailable.store' }],
      [1, { 'error.type': '_OTHER' }],
    ]);
  });

  it('the metrics measure how long it took to find out who calls, and not what the cache knew', async () => {
    const points = await pointsOf('flairgate.identify.duration');
    // After a pause of the process the cached key is looked at once more: how often each came is left open.
    const kinds = points.map(([, attributes]) => attributes);
    const identified = (credential: string, outcome: string) => ({
      'flairgate.credential': credential,
      'flairgate.outcome': outcome,
    });
    expect(kinds).toEqual(
      expect.arrayContaining([
        identified('api-key', 'identified'),
        identified('api-key', 'ERR_KEY_INVALID'),
        identified('bearer', 'ERR_TOKEN_INVALID'),
        identified('none', 'ERR_CREDENTIAL_MISSING'),
      ]),
    );
    expect(kinds.length).toBe(4);
  });

  it('the metrics say how old the view of revocations is, and how its syncs went', async () => {
    await kit.gate.authenticator.revision.sync();
    const [age, validFor] = [await pointsOf('flairgate.revision.age'), await pointsOf('flairgate.revision.valid_for')];
    expect([age.length, validFor.length]).toEqual([1, 1]);
    expect(Number(age[0]?.[0]) + Number(validFor[0]?.[0])).toBeCloseTo(30, 0);
    const outcomes = (await pointsOf('flairgate.sync.duration')).map(([, attributes]) => attributes);
    expect(outcomes).toContainEqual({ 'flairgate.sync.outcome': 'current' });
  });
});

describe('the spans', () => {
  it('the spans of requests have the code, the stage and the exact reason of a refusal', () => {
    const refused = spans.getFinishedSpans().filter(({ name }) => name === 'request');
    expect(refused.map(({ attributes }) => attributes)).toContainEqual({
      'flairgate.denial.code': 'ERR_KEY_INVALID',
      'flairgate.denial.stage': 'principal',
      'flairgate.denial.reason': expect.stringMatching(/^key /),
    });
    expect(refused.filter(({ attributes }) => Object.keys(attributes).length === 0).length).toBe(2);
  });

  it('the spans of an identification are inside that of its request', () => {
    const all = spans.getFinishedSpans();
    const identifying = all.filter(({ name }) => name === 'flairgate.identify');
    expect(identifying.length).toBeGreaterThanOrEqual(4);
    const requests = new Set(all.filter(({ name }) => name === 'request').map((span) => span.spanContext().spanId));
    for (const { parentSpanContext } of identifying) expect(requests.has(parentSpanContext?.spanId ?? '')).toBe(true);
  });
});

it('telemetry holds no credential, no id, no name, no address and no message of an error', async () => {
  await reader.forceFlush();
  const recorded = JSON.stringify([
    exported.getMetrics().map(({ scopeMetrics }) => scopeMetrics),
    spans.getFinishedSpans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
  ]);
  expect(recorded).toContain('flairgate.denials');
  const { text, keyId } = lister;
  for (const word of [text, keyId, 'named', kit.oid, UNKNOWN, '127.0.0.1', SECRET_IN_AN_ERROR]) {
    expect(recorded).not.toContain(word);
  }
});

it('recordTelemetry stops recording when its function is called', async () => {
  const before = spans.getFinishedSpans().filter(({ name }) => name === 'flairgate.identify').length;
  const counted = await pointsOf('flairgate.denials');
  stop();
  await request(served.url).get('/list').set('x-api-key', UNKNOWN).expect(401);
  expect(spans.getFinishedSpans().filter(({ name }) => name === 'flairgate.identify').length).toBe(before);
  expect(await pointsOf('flairgate.denials')).toEqual(counted);
});

it('recordTelemetry refuses an unknown option', () => {
  expect(() => recordTelemetry({ gate: [] } as object)).toThrow(/`gates`/);
});
