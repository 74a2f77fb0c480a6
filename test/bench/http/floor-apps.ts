import { randomBytes } from 'node:crypto';
import { mintKeyId, mintKeyText } from '@flairgate/core/internal';
import type { Application, ErrorRequestHandler, RequestHandler } from 'express';
import { needed, permissions } from '../harness/fixture.js';
import { handWrittenCallers } from '../harness/hand-written.js';
import { answer, type Headers, itemList, path, type Served, type Variant } from './app.js';

/** Lower bounds: the same app without authorization, and a check written for this one route. */
export const floorApps: readonly Variant[] = [
  { name: 'bare Express 5', mount: async (app) => serve(app) },
  { name: 'no-op middleware', mount: async (app) => serve(app, (_req, _res, next) => next()) },
  { name: 'no-op middleware, settling shapes', mount: async (app) => serve(app, settleAndGoOn) },
  { name: 'same bytes as x-api-key', mount: async (app) => sameBytes(app, { 'x-api-key': keyText() }) },
  { name: 'same bytes as Bearer', mount: async (app) => sameBytes(app, { authorization: `Bearer ${TOKEN_SIZED}` }) },
  {
    name: 'same bytes as x-api-key, mounted alike',
    mount: async (app) => sameBytes(app, { 'x-api-key': keyText() }, mountedAlike),
  },
  {
    name: 'same bytes as Bearer, mounted alike',
    mount: async (app) => sameBytes(app, { authorization: `Bearer ${TOKEN_SIZED}` }, mountedAlike),
  },
  { name: 'by hand: LRU and permission check', mount: (app) => byHand(app, 'text') },
  { name: 'by hand: the same, keyed by SHA-256', mount: (app) => byHand(app, 'digest') },
  { name: 'by hand: keyed by SHA-256, same headers', mount: (app) => byHand(app, 'digest', setPrivate) },
  { name: 'list of 100, no authorization', mount: serveList },
];

/**
 * The work that Flairgate does for Express besides authorization. The difference to this is the price of authorization.
 */
const settleAndGoOn: RequestHandler = (req, res, next) => {
  for (const [object, name] of [
    [req, 'res'],
    [res, 'req'],
  ] as const) {
    Object.defineProperty(object, name, { enumerable: false });
    Object.defineProperty(object, name, { enumerable: true });
  }
  next();
};

/** As long as a token of the benchmarks. */
const TOKEN_SIZED = 'x'.repeat(900);

/** Sets the headers that every answer behind `authenticate` has. */
const setPrivate: RequestHandler = (_req, res, next) => {
  res.setHeader('Cache-Control', 'private, no-store');
  res.setHeader('Vary', 'x-api-key, Authorization');
  next();
};

type Mount = (app: Application, handler: RequestHandler) => Served;

/** Serves the same bytes in both directions without authorization. */
function sameBytes(app: Application, headers: Headers, mount: Mount = serve): Served {
  return { ...mount(app, setPrivate), send: [headers] };
}

/**
 * Mounts handlers at the places where an app mounts a gate's. Express's work for the mounted layers is then in both
 * apps, and the difference is what authorization itself costs.
 */
function mountedAlike(app: Application, authenticate: RequestHandler): Served {
  const permit: RequestHandler = (_req, _res, next) => next();
  const passOn: ErrorRequestHandler = (error, _req, _res, next) => next(error);
  app.use(authenticate);
  const served = serve(app, permit);
  app.use(passOn);
  return served;
}

function keyText(): string {
  return mintKeyText('fg', mintKeyId(randomBytes), randomBytes);
}

function serve(app: Application, ...before: readonly RequestHandler[]): Served {
  app.get(path, ...before, (_req, res) => {
    res.json(answer);
  });
  return { send: [{}] };
}

async function serveList(app: Application): Promise<Served> {
  app.get(path, (_req, res) => {
    res.json(itemList);
  });
  return { send: [{}] };
}

/** A check as a good programmer writes it by hand: no flairs, no organizations, no revocation. */
async function byHand(
  app: Application,
  keyedBy: 'text' | 'digest',
  ...before: readonly RequestHandler[]
): Promise<Served> {
  const text = keyText();
  const callerOf = await handWrittenCallers(text, permissions, keyedBy);
  const authenticate: RequestHandler = (req, res, next) => {
    const sent = req.headers['x-api-key'];
    const held = typeof sent === 'string' ? callerOf(sent) : undefined;
    if (held === undefined) {
      res.status(401).json({ error: 'unauthorized' });
      return;
    }
    Reflect.set(req, 'user', held);
    next();
  };
  const permit: RequestHandler = (req, res, next) => {
    const held: ReadonlySet<string> = Reflect.get(req, 'user');
    if (held.has(needed)) next();
    else res.status(401).json({ error: 'unauthorized' });
  };
  app.use(authenticate, ...before);
  return { ...serve(app, permit), send: [{ 'x-api-key': text }], refused: { 'x-api-key': `${text}x` } };
}
