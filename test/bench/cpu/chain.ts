import assert from 'node:assert/strict';
import { createGate } from '@flairgate/express';
import type { RequestHandler } from 'express';
import { printFigure } from '../harness/figure.js';
import { createBenchFixture, makeSigning, makeTokens, needed, permissions } from '../harness/fixture.js';
import { handWrittenCallers } from '../harness/hand-written.js';
import type { BenchOptions } from '../harness/options.js';
import { allocationsOf, printTimes, ratiosOf, type TimedCase, timeCases } from '../harness/time-cases.js';
import { createExchanges, type Exchange, type Made, rawHeadersWith, runChain } from './exchange.js';
import { untilCurrent } from './until-current.js';

const NAMES = {
  nothing: 'two no-op middlewares',
  key: 'x-api-key and permission',
  token: 'bearer and permission',
  hand: 'by hand, LRU and permission',
} as const;

const nameOf = (what: keyof typeof NAMES, made: Made) => `chain on ${made} objects: ${NAMES[what]}`;

/** Requests made before each batch: making one costs more than authorizing it. */
const PREPARED = 500;

/** Times the whole warm chain on requests and responses as Node and Express make them. */
export async function measureChain(options: BenchOptions): Promise<void> {
  const cases = await chainCases();
  const made = ['node', 'express'] as const;
  const times = await timeCases(cases, options);
  printTimes('cpu', times);
  for (const whose of made) {
    const key = nameOf('key', whose);
    printFigure(`cpu/${key}/÷ by hand`, 'ratio', ratiosOf(times, key, nameOf('hand', whose)));
  }
  for (const each of cases) printFigure(`cpu/${each.name}/allocated`, 'bytes', await allocationsOf(each));
}

async function chainCases(): Promise<readonly TimedCase[]> {
  const setting = await createBenchFixture('memory');
  const signing = await makeSigning(setting, 'HS256');
  const gate = createGate({ store: setting.store, tokens: signing.tokens });
  const key = await setting.key('bench');
  const [token = ''] = await makeTokens(setting, signing, key, 1);
  for (const credential of [
    { kind: 'api-key', text: key },
    { kind: 'bearer', text: token },
  ] as const) {
    assert.ok('in' in (await gate.authenticator.authenticate(credential, '127.0.0.1')));
  }
  const keyHeaders = rawHeadersWith('x-api-key', key);
  const ours = [gate.authenticate(), gate.requirePermissions(needed)];
  const ready = () => untilCurrent(gate.authenticator);
  const pass: RequestHandler = (_req, _res, next) => next();
  const tokenHeaders = rawHeadersWith('Authorization', `Bearer ${token}`);
  const byHand = await handWritten(key);
  return (['node', 'express'] as const).flatMap((made) => [
    chain(nameOf('nothing', made), [pass, pass], createExchanges(keyHeaders, made)),
    chain(nameOf('key', made), ours, createExchanges(keyHeaders, made), ready),
    chain(nameOf('token', made), ours, createExchanges(tokenHeaders, made), ready),
    chain(nameOf('hand', made), byHand, createExchanges(keyHeaders, made)),
  ]);
}

function chain(
  name: string,
  handlers: readonly RequestHandler[],
  make: () => Exchange,
  ready: () => Promise<unknown> = async () => undefined,
): TimedCase {
  let prepared: readonly Exchange[] = [];
  return {
    name,
    mostCount: PREPARED,
    ready: async () => {
      prepared = Array.from({ length: PREPARED }, make);
      await ready();
    },
    run(count) {
      let passed = 0;
      for (let index = 0; index < count; index++) {
        const exchange = prepared[index];
        if (exchange !== undefined && runChain(handlers, exchange)) passed += 1;
      }
      return passed;
    },
  };
}

/** Keeps the caller on the request, as ours and every peer does. */
async function handWritten(key: string): Promise<readonly RequestHandler[]> {
  const callerOf = await handWrittenCallers(key, permissions, 'text');
  return [
    (req, _res, next) => {
      const sent = req.rawHeaders.indexOf('x-api-key');
      const held = callerOf(req.rawHeaders[sent + 1] ?? '');
      if (held === undefined) return;
      Reflect.set(req, 'user', held);
      next();
    },
    (req, _res, next) => {
      const held: ReadonlySet<string> = Reflect.get(req, 'user');
      if (held.has(needed)) next();
    },
  ];
}
