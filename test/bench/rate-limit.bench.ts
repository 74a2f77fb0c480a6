import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createGate, type Gate } from '@flairgate/express';
import { type RedisLimits, redisLimits } from '@flairgate/stores/redis';
import express, { type Express, type RequestHandler } from 'express';
import { rateLimit, type Store } from 'express-rate-limit';
import { createClient } from 'redis';
import { createExchanges, type Exchange, rawHeadersWith } from './cpu/exchange.js';
import { printFigure } from './harness/figure.js';
import { createBenchFixture } from './harness/fixture.js';
import { type BenchOptions, isWanted, parseCommand } from './harness/options.js';
import { type TimedCase, type Times, timeCases } from './harness/time-cases.js';

/** One way to limit calls, behind the same `authenticate` as the others. */
interface Variant {
  readonly name: string;
  /** The variant of `express-rate-limit` that does the same work. */
  readonly beside?: string;
  readonly limiter: (gate: Gate, limit: number) => RequestHandler;
  /** Status of every measured request. */
  readonly status: 200 | 429;
}

const BARE = 'bare';
const NEVER = 1_000_000_000;
/** Longer than any run, so that no window ends in the middle. */
const windowSeconds = 3600;
/** Requests under way at once. */
const AT_ONCE = 16;
/** Requests made before each batch: making one costs more than limiting it. */
const PREPARED = 500;
const redisUrl = process.env.FLAIRGATE_TEST_REDIS_URL ?? 'redis://127.0.0.1:6379';
const prefix = `flairgate-bench-${randomBytes(6).toString('hex')}:`;

/**
 * Prints what a limit costs in CPU time for each request, over no limit and over the library alone.
 *
 * The handlers are called on Express's own objects that `authenticate` has seen, and nothing else is: a whole app
 * costs five times as much, and what is looked for is less than its noise.
 */
async function bench(options: BenchOptions): Promise<void> {
  const setting = await createBenchFixture('memory');
  const gate = createGate({ store: setting.store });
  const text = await setting.key('bench');
  const redis = await openRedis();
  const variants = [...inMemory(), ...(redis === undefined ? [] : inRedis(redis))];
  const wanted = variants.filter(({ name }) => name === BARE || isWanted(name, options));
  for (const variant of wanted) await check(variant, mount(variant.limiter(gate, 3), gate), text);
  const make = createExchanges(rawHeadersWith('x-api-key', text), 'express');
  const cases = wanted.map((variant) => limiting(variant, gate, make));
  print(wanted, await timeCases(cases, options));
  await gate.close();
  if (redis !== undefined) await dropKeys(redis);
  await setting.remove();
}

async function dropKeys(limits: RedisLimits): Promise<void> {
  await limits.close();
  const client = createClient({ url: redisUrl });
  await client.connect();
  for await (const keys of client.scanIterator({ MATCH: `${prefix}*` })) if (keys.length > 0) await client.del(keys);
  client.destroy();
}

function inMemory(): Variant[] {
  return [
    { name: BARE, limiter: () => (_req, _res, next) => next(), status: 200 },
    { name: 'express-rate-limit alone', limiter: (gate, limit) => alone(gate, limit), status: 200 },
    {
      name: 'gate.rateLimit',
      beside: 'express-rate-limit alone',
      limiter: (gate, limit) => gate.rateLimit({ limit, windowSeconds }),
      status: 200,
    },
    { name: 'express-rate-limit alone, over the limit', limiter: (gate, limit) => alone(gate, limit), status: 429 },
    {
      name: 'gate.rateLimit, over the limit',
      beside: 'express-rate-limit alone, over the limit',
      limiter: (gate, limit) => gate.rateLimit({ limit, windowSeconds }),
      status: 429,
    },
  ];
}

function inRedis(limits: RedisLimits): Variant[] {
  let made = 0;
  const name = () => {
    made += 1;
    return `calls${made}`;
  };
  return [
    {
      name: 'express-rate-limit alone, Redis',
      limiter: (gate, limit) => alone(gate, limit, limits.storeFor({ name: name(), windowSeconds })),
      status: 200,
    },
    {
      name: 'gate.rateLimit, Redis',
      beside: 'express-rate-limit alone, Redis',
      limiter: (gate, limit) => gate.rateLimit({ limit, windowSeconds, name: name(), store: limits }),
      status: 200,
    },
  ];
}

/** The library by the key of the same caller, with the same header fields. */
function alone(gate: Gate, limit: number, store?: Store): RequestHandler {
  return rateLimit({
    limit,
    windowMs: windowSeconds * 1000,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: (req) => gate.maybeAuth(req)?.identity ?? '',
    identifier: 'calls',
    validate: false,
    ...(store === undefined ? {} : { store }),
  });
}

async function openRedis(): Promise<RedisLimits | undefined> {
  const limits = await redisLimits({ url: redisUrl, prefix });
  try {
    const store = limits.storeFor({ name: 'probe', windowSeconds: 1 });
    rateLimit({ store, windowMs: 1000, validate: false });
    await store.increment('probe');
    return limits;
  } catch {
    process.stderr.write('left out: Redis does not answer at FLAIRGATE_TEST_REDIS_URL or 127.0.0.1:6379\n');
    await limits.close();
    return undefined;
  }
}

function mount(limiter: RequestHandler, gate: Gate): Express {
  const app = express();
  app.use(gate.authenticate(), limiter);
  app.get('/', (_req, res) => void res.end());
  return app;
}

/** Every limit cuts at its number, and no limit never cuts. */
async function check(variant: Variant, app: Express, text: string): Promise<void> {
  const statuses = [];
  for (let n = 0; n < 5; n += 1) statuses.push(await call(app, text));
  const expected = variant.name === BARE ? '200,200,200,200,200' : '200,200,200,429,429';
  if (statuses.join() !== expected) throw new Error(`${variant.name}: answers ${statuses.join()}`);
}

/** Has the app answer one request, and gives the status. */
async function call(app: Express, text: string): Promise<number> {
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const { status } = await fetch(`http://127.0.0.1:${port}/`, { headers: { 'x-api-key': text } });
    return status;
  } finally {
    server.close();
  }
}

function limiting({ name, limiter, status }: Variant, gate: Gate, make: () => Exchange): TimedCase {
  const handler = limiter(gate, status === 429 ? 1 : NEVER);
  const authenticate = gate.authenticate();
  let prepared: readonly Exchange[] = [];
  return {
    name,
    count: PREPARED,
    async ready() {
      prepared = Array.from({ length: PREPARED }, make);
      for (const exchange of prepared) assert.equal(await statusOf(authenticate, exchange), 200);
    },
    async run(count) {
      let begun = 0;
      let right = 0;
      const some = async () => {
        for (let exchange = prepared[begun]; exchange !== undefined && begun < count; exchange = prepared[begun]) {
          begun += 1;
          if ((await statusOf(handler, exchange)) === status) right += 1;
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, some));
      return right;
    },
  };
}

/** 200 where the handler lets the request through. */
function statusOf(handler: RequestHandler, { req, res }: Exchange): Promise<number> {
  return new Promise((resolve, reject) => {
    res.end = () => {
      resolve(res.statusCode);
      return res;
    };
    void handler(req, res, (error?: unknown) => (error === undefined ? resolve(200) : reject(error)));
  });
}

function print(variants: readonly Variant[], times: Times): void {
  const bare = times.get(BARE) ?? [];
  for (const { name, beside } of variants) {
    const samples = times.get(name) ?? [];
    printFigure(`limits/${name}/CPU per request`, 'ns', samples);
    if (name === BARE) continue;
    printFigure(`limits/${name}/CPU over bare`, 'ns', differences(samples, bare));
    const other = beside === undefined ? undefined : times.get(beside);
    if (other !== undefined)
      printFigure(`limits/${name}/CPU over the library alone`, 'ns', differences(samples, other));
  }
}

/** Of the same rounds, so that what slows the machine slows both. */
function differences(samples: readonly number[], others: readonly number[]): number[] {
  return samples.map((sample, round) => sample - (others[round] ?? Number.NaN));
}

await bench(parseCommand(process.argv.slice(2)));
