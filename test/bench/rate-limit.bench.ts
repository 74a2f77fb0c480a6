import { randomBytes } from 'node:crypto';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { createGate, type Gate, maybeAuth } from '@flairgate/express';
import { type RedisLimits, redisLimits } from '@flairgate/stores/redis';
import express, { type Express, type RequestHandler } from 'express';
import { rateLimit, type Store } from 'express-rate-limit';
import { createClient } from 'redis';
import { printFigure } from './harness/figure.js';
import { type BenchOptions, isWanted, parseCommand } from './harness/options.js';
import { makeSetting } from './harness/setting.js';

/** One way to limit calls, behind the same `authenticate` as the others. */
interface Variant {
  readonly name: string;
  /** The variant of `express-rate-limit` that does the same work. */
  readonly beside?: string;
  readonly limiter: (gate: Gate, limit: number) => RequestHandler;
  /** What every measured request gets. */
  readonly status: 200 | 429;
}

interface Mounted {
  readonly variant: Variant;
  readonly app: Express;
}

const BARE = 'bare';
const NEVER = 1_000_000_000;
/** Longer than any run, so that no window ends in the middle. */
const windowSeconds = 3600;
/** Requests under way at once. */
const AT_ONCE = 16;
const REQUESTS_A_SECOND = 20_000;
const redisUrl = process.env.FLAIRGATE_TEST_REDIS_URL ?? 'redis://127.0.0.1:6379';
const prefix = `flairgate-bench-${randomBytes(6).toString('hex')}:`;

/**
 * Prints what a limit costs in CPU time for each request, over no limit and over the library alone.
 *
 * Requests are Node's and Express's own objects, but come from no socket: sockets cost ten times as much as what is
 * measured.
 */
async function bench(options: BenchOptions): Promise<void> {
  const setting = await makeSetting('memory');
  const gate = createGate({ store: setting.store });
  const text = await setting.key('bench');
  const redis = await openRedis();
  const variants = [...inMemory(), ...(redis === undefined ? [] : inRedis(redis))];
  const wanted = variants.filter(({ name }) => name === BARE || isWanted(name, options));
  for (const variant of wanted) await check(variant, mount(gate, variant, 3), text);
  const mounted = wanted.map((variant) => ({ variant, app: mount(gate, variant, variant.status === 429 ? 1 : NEVER) }));
  print(await measureAll(mounted, text, options));
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
    { name: 'express-rate-limit alone', limiter: (_gate, limit) => alone(limit), status: 200 },
    {
      name: 'gate.rateLimit',
      beside: 'express-rate-limit alone',
      limiter: (gate, limit) => gate.rateLimit({ limit, windowSeconds }),
      status: 200,
    },
    { name: 'express-rate-limit alone, over the limit', limiter: (_gate, limit) => alone(limit), status: 429 },
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
      limiter: (_gate, limit) => alone(limit, limits.storeFor({ name: name(), windowSeconds })),
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
function alone(limit: number, store?: Store): RequestHandler {
  return rateLimit({
    limit,
    windowMs: windowSeconds * 1000,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: (req) => maybeAuth(req)?.identity ?? '',
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

function mount(gate: Gate, { limiter }: Variant, limit: number): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(gate.authenticate(), limiter(gate, limit));
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

const socket = new Socket();

/** Has the app answer one request, and gives the status. */
function call(app: Express, text: string): Promise<number> {
  const req = new IncomingMessage(socket);
  req.method = 'GET';
  req.url = '/';
  req.headers = { host: 'bench', 'x-api-key': text };
  req.rawHeaders = ['Host', 'bench', 'x-api-key', text];
  const res = new ServerResponse(req);
  return new Promise((resolve) => {
    res.end = () => {
      resolve(res.statusCode);
      return res;
    };
    app(req, res);
  });
}

/** Nanoseconds of CPU for each request: a list of rounds by variant. */
type Costs = ReadonlyMap<Variant, readonly number[]>;

async function measureAll(mounted: readonly Mounted[], text: string, options: BenchOptions): Promise<Costs> {
  const costs = new Map<Variant, number[]>(mounted.map(({ variant }) => [variant, []]));
  const count = Math.ceil(options.seconds * REQUESTS_A_SECOND);
  for (const one of mounted) await measure(one, text, count);
  for (let round = 0; round < options.rounds; round += 1) {
    for (let at = 0; at < mounted.length; at += 1) {
      const one = mounted[(at + round) % mounted.length];
      if (one !== undefined) costs.get(one.variant)?.push(await measure(one, text, count));
    }
  }
  return costs;
}

async function measure({ variant, app }: Mounted, text: string, count: number): Promise<number> {
  if (variant.status === 429) await call(app, text);
  globalThis.gc?.();
  const before = process.cpuUsage();
  let begun = 0;
  const one = async () => {
    while (begun < count) {
      begun += 1;
      const status = await call(app, text);
      if (status !== variant.status) throw new Error(`${variant.name}: answers ${status}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / count;
}

function print(costs: Costs): void {
  const byName = new Map([...costs].map(([{ name }, samples]) => [name, samples]));
  const bare = byName.get(BARE) ?? [];
  for (const [{ name, beside }, samples] of costs) {
    printFigure(`limits/${name}/CPU per request`, 'ns', samples);
    if (name === BARE) continue;
    printFigure(`limits/${name}/CPU over bare`, 'ns', differences(samples, bare));
    const other = beside === undefined ? undefined : byName.get(beside);
    if (other !== undefined)
      printFigure(`limits/${name}/CPU over the library alone`, 'ns', differences(samples, other));
  }
}

/** Of the same rounds, so that what slows the machine slows both. */
function differences(samples: readonly number[], others: readonly number[]): number[] {
  return samples.map((sample, round) => sample - (others[round] ?? Number.NaN));
}

await bench(parseCommand(process.argv.slice(2)));
