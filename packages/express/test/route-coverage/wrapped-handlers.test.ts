import { AsyncLocalStorage } from 'node:async_hooks';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type TestGate, testGate, unguardedRoutes } from '@flairgate/express/testing';
import express5, { type Express, type RequestHandler } from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

type Handler = (...args: unknown[]) => unknown;
type Wrap = (original: Handler) => Handler;

/** Tracing libraries replace the handler of each layer by one of these. */
const wrappers: readonly (readonly [string, Wrap])[] = [
  [
    'a function that shows its enumerable properties',
    (original) => {
      const wrapper: Handler = function (this: unknown, ...args) {
        return original.apply(this, args);
      };
      for (const name in original) Object.defineProperty(wrapper, name, { get: () => Reflect.get(original, name) });
      return wrapper;
    },
  ],
  [
    'a function of shimmer, twice',
    (original) => {
      const shimmed = (inner: Handler): Handler =>
        Object.defineProperty((...args: unknown[]) => inner(...args), '__original', { value: inner });
      return shimmed(shimmed(original));
    },
  ],
  [
    'a function of Datadog',
    (original) => Object.assign((...args: unknown[]) => original(...args), { _datadog_orig: original }),
  ],
];

const versions: readonly (readonly [string, typeof express5])[] = [
  ['4', createRequire(import.meta.url)('express4')],
  ['5', express5],
];

let kit: TestGate;
beforeAll(async () => {
  kit = await testGate();
});
afterAll(() => kit.close());

/** The layers of a router, as tracing libraries reach for them. */
function layersOf(app: unknown): { handle: Handler; route?: { stack: { handle: Handler }[] } }[] {
  const version4: unknown = Reflect.get(app as object, '_router');
  return Reflect.get((version4 ?? Reflect.get(app as object, 'router')) as object, 'stack');
}

function wrapLast(app: Express, wrap: Wrap): void {
  const layer = layersOf(app).at(-1);
  if (layer === undefined) throw new Error('nothing is mounted');
  if (layer.route !== undefined) for (const each of layer.route.stack) each.handle = wrap(each.handle);
  else if (layer.handle.length !== 4) layer.handle = wrap(layer.handle);
}

function wrappedApp(express: typeof express5, wrap: Wrap): Express {
  const { gate } = kit;
  const answer: RequestHandler = (_req, res) => void res.json({});
  const app = express();
  const sub = express();
  sub.get('/x', gate.requirePermissions('dr.list'), answer);
  sub.get('/open', answer);
  const mounts: readonly (() => void)[] = [
    () => app.use(gate.authenticate()),
    () => app.use(express.json()),
    () => app.use('/rules', gate.requirePermissions('dr.list')),
    () => app.get('/rules', answer),
    () => app.get('/public', gate.public(), answer),
    () => app.post('/late', gate.requirePermissions('dr.list'), express.json(), answer),
    () => app.use('/sub', sub),
    () => app.use(express.static('.')),
    () => app.use(gate.errorHandler()),
  ];
  for (const mount of mounts) {
    mount();
    wrapLast(app, wrap);
  }
  return app;
}

describe.each(versions)('with tracing in Express %s, assertGuarded', (_version, express) => {
  it.each(wrappers)('assertGuarded finds the same routes behind %s', (_what, wrap) => {
    const found = ['POST /late (body parser behind the decision)', 'GET /sub/open', 'USE /'];
    expect(unguardedRoutes(wrappedApp(express, (original) => original))).toEqual(found);
    expect(unguardedRoutes(wrappedApp(express, wrap))).toEqual(found);
  });
});

describe('the instrumentation of OpenTelemetry', () => {
  it('assertGuarded under OpenTelemetry names only the routes that require nothing', { timeout: 60_000 }, () => {
    const script = fileURLToPath(new URL('traced-app.cjs', import.meta.url));
    expect(execFileSync(process.execPath, [script], { encoding: 'utf8' }).trim()).toBe(
      'GET /open, USE /; wrapped: true',
    );
  });
});

describe('the context of a request', () => {
  it('the context of a request survives authenticate, for cold and cached keys at the same time', async () => {
    const contexts = new AsyncLocalStorage<string>();
    const app = express5();
    app.use((req, _res, next) => contexts.run(String(req.query.id), next));
    app.use(kit.gate.authenticate());
    app.get('/', kit.gate.requirePermissions('dr.list'), (_req, res) => void res.send(contexts.getStore()));
    app.use(kit.gate.errorHandler());
    const { text } = await kit.key({ permissions: ['dr.list'] });
    const ids = ['1', '2', '3', '4', '5', '6'];
    for (const _ of ['cold', 'cached']) {
      const answers = await Promise.all(ids.map((id) => request(app).get(`/?id=${id}`).set('x-api-key', text)));
      expect(answers.map((answer) => answer.text)).toEqual(ids);
    }
  });
});
