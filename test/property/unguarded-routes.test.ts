import { createRequire } from 'node:module';
import { type TestGate, testGate, unguardedRoutes } from '@flairgate/express/testing';
import express5, { type Express, type IRouter, type RequestHandler, type Router, type RouterOptions } from 'express';
import fc from 'fast-check';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../runs.ts';

interface ExpressPackage {
  (): Express;
  Router(options?: RouterOptions): Router;
}

const express4: ExpressPackage = createRequire(import.meta.url)('express4');

type Path = string | RegExp | string[];

/** Mounted items, in order. The path of a leaf ends in a word of its own, by which a list names it. */
type Item =
  | { readonly kind: 'stand'; readonly path: Path }
  | { readonly kind: 'leaf'; readonly path: string; readonly guarded: boolean; readonly word: string }
  | {
      readonly kind: 'router' | 'app';
      readonly path: Path;
      readonly guarded: boolean;
      readonly caseSensitive: boolean;
      readonly items: readonly Item[];
    };

const common: readonly Path[] = [
  '/',
  '/a',
  '/A',
  '/b',
  '/a/b',
  '/:x',
  '/a/:x',
  '/:x/b',
  '/a/',
  ['/a', '/:x/a'],
  /^\/a/,
];
const word = fc.stringMatching(/^r[0-9a-f]{8}$/);

function itemsWith(extra: string): fc.Arbitrary<readonly Item[]> {
  const path = fc.constantFrom<Path>(...common, extra);
  const prefix = fc.constantFrom('', '/a', '/A', '/b', '/:y', '/a/b', extra);
  const { items } = fc.letrec<{ items: readonly Item[]; item: Item }>((tie) => ({
    items: fc.array(tie('item'), { minLength: 1, maxLength: 4 }),
    item: fc.oneof(
      { maxDepth: 3 },
      fc.record({ kind: fc.constant('leaf' as const), path: prefix, guarded: fc.boolean(), word }),
      fc.record({ kind: fc.constant('stand' as const), path }),
      fc.record({
        kind: fc.constantFrom('router' as const, 'app' as const),
        path,
        guarded: fc.boolean(),
        caseSensitive: fc.boolean(),
        items: tie('items'),
      }),
    ),
  }));
  return items;
}

function mount(express: ExpressPackage, on: IRouter, items: readonly Item[], stand: RequestHandler): void {
  for (const item of items) {
    if (item.kind === 'stand') on.use(item.path, stand);
    else if (item.kind === 'leaf') {
      const answer: RequestHandler = (_req, res) => void res.json({ word: item.word });
      on.get(`${item.path}/${item.word}`, item.guarded ? [stand, answer] : [answer]);
    } else {
      const inner = makeInner(express, item);
      mount(express, inner, item.items, stand);
      on.use(item.path, item.guarded ? [stand, inner] : [inner]);
    }
  }
}

function makeInner(express: ExpressPackage, { kind, caseSensitive }: Exclude<Item, { kind: 'stand' | 'leaf' }>) {
  if (kind === 'router') return express.Router({ caseSensitive });
  const app = express();
  app.set('case sensitive routing', caseSensitive);
  return app;
}

/** Addresses that lead to the leaves: each part filled in by a choice. */
function addresses(items: readonly Item[], before: string, choose: (bound: number) => number): string[] {
  return items.flatMap((item) => {
    if (item.kind === 'stand') return [];
    const whole = Array.isArray(item.path) ? item.path[choose(item.path.length)] : item.path;
    const path = `${before}/${fill(whole instanceof RegExp ? '/a' : String(whole), choose)}`;
    return item.kind === 'leaf' ? [`${path}/${item.word}`] : addresses(item.items, path, choose);
  });
}

function fill(path: string, choose: (bound: number) => number): string {
  const optional = path.replace(/\{([^}]*)\}|\/:o\?/, choose(2) === 0 ? '' : '/b');
  const filled = optional.replace(/:\w+/g, () => ['a', 'A', 'b', 'z'][choose(4)] ?? 'z');
  return [...filled].map((letter) => (choose(3) === 0 ? letter.toUpperCase() : letter)).join('');
}

const versions: readonly (readonly [string, ExpressPackage, string])[] = [
  ['4', express4, '/a/:o?'],
  ['5', express5, '/a{/:o}'],
];

describe.each(versions)('in Express %s', (_version, express, extra) => {
  let kit: TestGate;
  beforeAll(async () => {
    kit = await testGate({ failureLimit: { limit: 1_000_000 } });
  });
  afterAll(() => kit.close());

  it('whatever answers a caller without a credential is listed as unguarded', async () => {
    const stand = kit.gate.requirePermissions('dr.list');
    let answered = 0;
    let refused = 0;
    const property = fc.asyncProperty(
      itemsWith(extra),
      fc.infiniteStream(fc.nat(1_000_000)),
      async (items, numbers) => {
        const app = express();
        app.use(kit.gate.authenticate({ optional: true }));
        mount(express, app, items, stand);
        const listed = unguardedRoutes(app);
        const choose = (bound: number) => (numbers.next().value ?? 0) % bound;
        for (const address of addresses(items, '', choose).slice(0, 12)) {
          const { status, body } = await request(app).get(address.replaceAll(/\/{2,}/g, '/'));
          if (status === 401) refused += 1;
          if (status !== 200) continue;
          answered += 1;
          expect(listed.some((name) => name.endsWith(`/${body.word}`))).toBe(true);
        }
      },
    );
    const isCovered = () => Math.min(answered, refused) > 2;
    for (let repeat = 0; repeat < 10 && !isCovered(); repeat++) await fc.assert(property, { numRuns: runs(150) });
    expect(Math.min(answered, refused)).toBeGreaterThan(2);
  });
});
