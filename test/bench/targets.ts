import { growthTargets } from './growth/targets.js';
import { type Figure, median } from './harness/figure.js';

/** Figures by their names. */
export type Figures = ReadonlyMap<string, Figure>;

/** A line of the table: what is measured, what it is beside, and what it must reach. */
export interface Target {
  readonly measure: string;
  readonly ours: Cell;
  readonly peers?: readonly Cell[];
  readonly floor?: Cell;
  /** Absent where a figure is only stated. */
  readonly bound?: { readonly kind: 'least' | 'most'; readonly value: number };
}

/** A figure, and what it is of where that is not plain. */
export interface Cell {
  readonly label?: string;
  readonly figure: string | ((figures: Figures) => Figure | undefined);
}

const hand = 'by hand: LRU and permission check';
const noOp: Cell = { label: 'no-op', figure: 'http/no-op middleware/throughput ÷ bare' };
const least = (value: number) => ({ kind: 'least', value }) as const;
const most = (value: number) => ({ kind: 'most', value }) as const;

const bearerPeers = [
  'express-jwt HS256, text secret',
  'express-jwt HS256, KeyObject',
  'passport-jwt HS256',
  'passport-http-bearer and jsonwebtoken HS256',
  'express-oauth2-jwt-bearer HS256',
  'fast-jwt HS256, no cache',
  'fast-jwt HS256, cache',
];

/**
 * Throughput is only stated: it also depends on how fast the load generator is. The CPU time of a request has bounds.
 */
const throughput: readonly Target[] = [
  {
    measure: 'throughput, warm x-api-key and permission ÷ bare Express 5',
    ours: { figure: 'http/x-api-key, warm/throughput ÷ bare' },
    peers: [
      { label: 'passport-headerapikey, Map', figure: 'http/passport-headerapikey, key in a Map/throughput ÷ bare' },
      { label: 'better-auth', figure: 'http/better-auth, API key on SQLite/throughput ÷ bare' },
      {
        label: 'PBKDF2 a request',
        figure: 'http/passport-headerapikey, PBKDF2 of 30,000 rounds a request/throughput ÷ bare',
      },
    ],
    floor: noOp,
  },
  ...['HS256', 'RS256', 'ES256'].map((algorithm) => ({
    measure: `throughput, warm Bearer ${algorithm} and permission ÷ bare Express 5`,
    ours: { figure: `http/Bearer ${algorithm}, warm/throughput ÷ bare` },
    peers: [
      { label: 'fast-jwt, cache', figure: `http/fast-jwt ${algorithm}, cache/throughput ÷ bare` },
      { label: 'express-jwt', figure: `http/express-jwt ${algorithm}, KeyObject/throughput ÷ bare` },
      { label: 'passport-jwt', figure: `http/passport-jwt ${algorithm}/throughput ÷ bare` },
      { label: 'oauth2-jwt-bearer', figure: `http/express-oauth2-jwt-bearer ${algorithm}/throughput ÷ bare` },
    ],
    floor: noOp,
  })),
  {
    measure: 'throughput, a no-op that settles shapes as ours does ÷ bare Express 5',
    ours: { figure: 'http/no-op middleware, settling shapes/throughput ÷ bare' },
    floor: noOp,
  },
  {
    measure: 'throughput, warm x-api-key ÷ the same by hand',
    ours: { figure: `http/x-api-key, warm/throughput ÷ ${hand}` },
  },
  {
    measure: 'p99 at 70 % of our throughput ÷ bare Express 5',
    ours: { figure: 'http/tail/p99 at 70 % of our throughput ÷ bare' },
    bound: most(1.05),
  },
  {
    measure: 'throughput, warm Bearer HS256 ÷ the fastest peer',
    ours: { figure: 'http/Bearer HS256, warm/throughput ÷ fast-jwt HS256, cache' },
  },
  {
    measure: 'CPU, warm Bearer HS256 ÷ the median peer',
    ours: { figure: dividedByMedianPeer },
    floor: { label: 'bare Express 5', figure: bareByMedianPeer },
    bound: most(0.4),
  },
];

const noOpSteady: Cell = { label: 'no-op ÷ bare', figure: 'http-cpu/no-op middleware ÷ bare' };

/** CPU time for a request, measured in slices that take turns on one core. */
const steady: readonly Target[] = (
  [
    ['x-api-key, warm', 'same bytes as x-api-key', 1.05],
    ['Bearer HS256, warm', 'same bytes as Bearer', 1.05],
    ['x-api-key, warm', 'by hand: keyed by SHA-256, same headers', 1.05],
    ['x-api-key, warm', 'x-api-key, warm, usage off', 1.03],
    ['x-api-key, warm, on SQLite', 'x-api-key, warm', 1.03],
    ['Bearer HS256, warm', 'fast-jwt HS256, cache', 0.95],
    ['Bearer of another issuer, warm', 'Bearer RS256, warm', 1.05],
    ['x-api-key, warm, protected resource', 'x-api-key, warm', 1.05],
    ['Bearer RS256, warm, protected resource', 'Bearer RS256, warm', 1.05],
    ['x-api-key, warm, guard on a list of 100', 'list of 100, no authorization', 1.15],
    ['x-api-key, warm, guard on a list of 100, one kept back', 'list of 100, no authorization', 1.8],
    ['x-api-key, warm, with limiter', 'x-api-key, warm, with express-rate-limit', 1.03],
    ['refused: no credential', 'x-api-key, warm', 1],
    ['refused: malformed token', 'x-api-key, warm', 1],
    ['refused: unknown key, on SQLite', 'x-api-key, warm', 1.5],
    ['refused: unknown key, on PostgreSQL', 'x-api-key, warm', 2],
  ] as const
).map(([ours, base, bound]) => ({
  measure: `CPU, ${ours} ÷ ${base}`,
  ours: { figure: `http-cpu/${ours} ÷ ${base}` },
  floor: noOpSteady,
  bound: most(bound),
}));

/** CPU time of authorization itself, next to the time that Express takes for mounted layers. */
const mountedAlike: readonly Target[] = ['x-api-key', 'Bearer'].map((what) => ({
  measure: `CPU, ${what}, warm ÷ same bytes, mounted alike`,
  ours: {
    figure: `http-cpu/${what === 'Bearer' ? 'Bearer HS256' : what}, warm ÷ same bytes as ${what}, mounted alike`,
  },
  floor: {
    label: 'mounted alike ÷ same bytes',
    figure: 'http-cpu/same bytes as x-api-key, mounted alike ÷ same bytes as x-api-key',
  },
}));

const inProcess: readonly Target[] = [
  ...['x-api-key', 'bearer'].flatMap((what) => [
    {
      measure: `CPU of the warm chain, ${what}, on Node's requests`,
      ours: { figure: `cpu/chain on node objects: ${what} and permission/time` },
      floor: { label: 'by hand', figure: 'cpu/chain on node objects: by hand, LRU and permission/time' },
      bound: most(what === 'x-api-key' ? 1200 : 1800),
    },
    {
      measure: `allocated by the warm chain, ${what}`,
      ours: { figure: `cpu/chain on node objects: ${what} and permission/allocated` },
      floor: { label: 'by hand', figure: 'cpu/chain on node objects: by hand, LRU and permission/allocated' },
      bound: most(what === 'x-api-key' ? 819 : 1229),
    },
    {
      measure: `CPU of the warm chain, ${what}, on Express's requests`,
      ours: { figure: `cpu/chain on express objects: ${what} and permission/time` },
      floor: { label: 'by hand', figure: 'cpu/chain on express objects: by hand, LRU and permission/time' },
      bound: most(2000),
    },
  ]),
  ...['RS256', 'ES256'].map((algorithm) => ({
    measure: `cold ${algorithm} verification ÷ jsonwebtoken`,
    ours: { figure: `cpu/cold ${algorithm}/÷ jsonwebtoken` },
    peers: [{ label: 'jsonwebtoken', figure: `cpu/cold ${algorithm}: jsonwebtoken/time` }],
    floor: { label: 'crypto.verify', figure: `cpu/cold ${algorithm}: crypto.verify alone/time` },
    bound: most(1.6),
  })),
  {
    measure: 'cold HS256 verification ÷ jsonwebtoken',
    ours: { figure: 'cpu/cold HS256/÷ jsonwebtoken' },
    peers: [{ label: 'jsonwebtoken', figure: 'cpu/cold HS256: jsonwebtoken/time' }],
  },
];

const decisions: readonly Target[] = [
  {
    measure: 'decision on one resource',
    ours: { figure: 'decide/one resource: ours/time' },
    peers: [
      { label: 'CASL', figure: 'decide/one resource: CASL/time' },
      { label: 'casbin', figure: 'decide/one resource: casbin/time' },
    ],
    floor: { label: 'by hand', figure: 'decide/one resource: by hand/time' },
    bound: most(100),
  },
  {
    measure: 'list filter ÷ a loop by hand',
    ours: { figure: 'decide/list, filtered: ours/÷ list, filtered: by hand' },
    bound: most(1.2),
  },
  {
    measure: 'list view ÷ a loop by hand that copies the same',
    ours: { figure: 'decide/list, viewed: ours/÷ list, viewed: by hand' },
    bound: most(1.2),
  },
  {
    measure: 'CASL, conditions on the subject ÷ our list filter',
    ours: { figure: 'decide/list, filtered: CASL/÷ list, filtered: ours' },
    bound: least(10),
  },
  ...['SQLite', 'PostgreSQL'].map((database) => ({
    measure: `segmented page of 50 of 1,000,000 on ${database} ÷ by hand`,
    ours: { figure: `decide/page on ${database}: ours/÷ by hand` },
    floor: { label: 'text to the driver', figure: `decide/page on ${database}: text to the driver/time` },
    bound: most(1.1),
  })),
];

const service: readonly Target[] = [
  ...[
    ['warm Bearer RS256 of another issuer ÷ one of ours', 'Bearer of another issuer, warm', 'Bearer RS256, warm'],
    ['x-api-key with protectedResource ÷ without', 'x-api-key, warm, protected resource', 'x-api-key, warm'],
    ['Bearer with protectedResource ÷ without', 'Bearer RS256, warm, protected resource', 'Bearer RS256, warm'],
  ].flatMap(([measure, ours, without]) => [
    {
      measure: `throughput, ${measure}`,
      ours: { figure: `http/${ours}/throughput ÷ ${without}` },
    },
  ]),
  {
    measure: 'guard on a list of 100 ÷ the same list unguarded, throughput',
    ours: { figure: 'http/x-api-key, warm, guard on a list of 100/throughput ÷ list of 100, no authorization' },
  },
  {
    measure: 'throughput with limiter ÷ bare Express 5',
    ours: { figure: 'http/x-api-key, warm, with limiter/throughput ÷ bare' },
    peers: [{ label: 'express-rate-limit alone', figure: 'http/express-rate-limit alone/throughput ÷ bare' }],
  },
  {
    measure: 'CPU of our part of the limiter, over express-rate-limit alone',
    ours: { figure: 'limits/gate.rateLimit/CPU over the library alone' },
    peers: [{ label: 'express-rate-limit over bare', figure: 'limits/express-rate-limit alone/CPU over bare' }],
    bound: most(1000),
  },
  {
    measure: 'p99 while 200 keys a second are created on SQLite ÷ quiet',
    ours: { figure: 'http/key creation/p99 with 200 keys a second ÷ quiet' },
    bound: most(2),
  },
  ...['SQLite', 'PostgreSQL'].map((database) => ({
    measure: `look-up among 1,000,000 keys ÷ among 1,000, ${database}`,
    ours: { figure: `scale/look-up in the largest ÷ in the smallest, ${database}` },
    bound: most(1.2),
  })),
  {
    measure: 'memory of a cached principal with 20 permissions',
    ours: { figure: 'scale/memory of a cached principal with 20 permissions' },
    bound: most(1024),
  },
];

const fleet: readonly Target[] = [
  ...[
    'warm key',
    'warm key, limit in Redis',
    'warm key, 20 changes a second',
    'warm key, limit in Redis, 20 changes a second',
  ].map((name) => ({
    measure: `CPU of a request, ${name}, 2 processes ÷ 1`,
    ours: { figure: `processes/${name}/CPU per request, 2 processes ÷ 1` },
    peers: [
      { label: '1 process', figure: `processes/${name}, 1 process/CPU per request` },
      { label: '2 processes', figure: `processes/${name}, 2 processes/CPU per request` },
    ],
  })),
  {
    measure: 'CPU of one security change in each process',
    ours: { figure: 'processes/one change/CPU of each process' },
  },
  {
    measure: 'time until 2 processes refuse a revoked key, p99',
    ours: { figure: 'processes/revocation/until 2 processes refuse, p99' },
    peers: [{ label: 'median', figure: 'processes/revocation/until 2 processes refuse, median' }],
    bound: most(100),
  },
];

/** Every line of the table, in its order. */
export const targets: readonly Target[] = [
  ...throughput,
  ...steady,
  ...mountedAlike,
  ...inProcess,
  ...decisions,
  ...service,
  ...fleet,
  ...growthTargets,
];

function dividedByMedianPeer(figures: Figures): Figure | undefined {
  const ours = figures.get('http/Bearer HS256, warm/CPU ÷ bare');
  const by = medianPeer(figures);
  if (ours === undefined || by === undefined) return undefined;
  return { ...ours, value: ours.value / by, low: ours.low / by, high: ours.high / by };
}

function bareByMedianPeer(figures: Figures): Figure | undefined {
  const ours = figures.get('http/Bearer HS256, warm/CPU ÷ bare');
  const by = medianPeer(figures);
  return ours === undefined || by === undefined ? undefined : { ...ours, value: 1 / by, low: 1 / by, high: 1 / by };
}

/** Returns the CPU time of the median peer for a request, divided by that of the bare app. */
function medianPeer(figures: Figures): number | undefined {
  const peers = bearerPeers.flatMap((name) => figures.get(`http/${name}/CPU ÷ bare`)?.value ?? []);
  return peers.length < bearerPeers.length ? undefined : median(peers);
}
