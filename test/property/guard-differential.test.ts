import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type GuardedApp, guardedApp, type Rule } from '../../packages/express/test/guard/guarded-app.js';
import { raw } from '../../packages/express/test/support.js';
import { runs } from '../runs.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);

interface Hidden {
  readonly id: string;
  readonly name: string;
  readonly data: string;
}

const hiddenRules = fc.uniqueArray(
  fc.record({
    id: fc.constantFrom('h1', 'h2', 'h3', 'h4'),
    name: fc.string({ maxLength: 8 }),
    data: fc.string({ maxLength: 8 }),
  }),
  { selector: ({ id }) => id, maxLength: 4 },
);

/** Requests over the whole table of routes, on ids that are the caller's own, hidden, withheld and missing. */
const ids = ['mine', 'sealed', 'h1', 'h2', 'none', 'H1', '%68'];
const preconditions = ['If-Match: "v1"', 'If-Match: *', `If-Unmodified-Since: ${new Date(0).toUTCString()}`];
const requests = ids.flatMap((id) => [
  ['GET', `/rules/${id}`, undefined],
  ['HEAD', `/rules/${id}`, undefined],
  ['GET', `/rules/${id}?q=a`, undefined],
  ['PATCH', `/rules/${id}`, { name: 'x' }],
  ['PATCH', `/rules/${id}`, { data: 'x' }],
  ['POST', `/rules/${id}/copy`, { to: 'fresh' }],
  ['POST', `/rules/${id}/rename`, { to: 'fresh2' }],
  // Without a precondition, or with If-None-Match, PUT chooses an id, and must be told that it is taken.
  ...preconditions.map((line) => ['PUT', `/rules/${id}`, { name: 'x', data: 1 }, line]),
  ...[...preconditions, 'If-None-Match: *'].flatMap((line) => [
    ['PATCH', `/rules/${id}`, { name: 'x' }, line],
    ['DELETE', `/rules/${id}`, undefined, line],
  ]),
  ['DELETE', `/rules/${id}`, undefined],
  ['GET', `/rules/${id}/export`, undefined],
]) as readonly (readonly [string, string, unknown, string?])[];
/** Ids that are chosen: taken in both settings, or free in both. They come last, because the last one is created. */
const chosen = ['mine', 'sealed', 'fresh3'].map((id) => [
  'PUT',
  `/rules/${id}`,
  { name: 'x', data: 1 },
  'If-None-Match: *',
]) as unknown as readonly (readonly [string, string, unknown, string?])[];
const lists = [
  ['GET', '/rules', undefined],
  ['HEAD', '/rules', undefined],
  ['GET', '/rules?limit=2', undefined],
  ['GET', '/rules?_sort=data', undefined],
  ['OPTIONS', '/rules', undefined],
] as readonly (readonly [string, string, unknown, string?])[];

async function answers(app: GuardedApp, key: string): Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  for (const [method, path, body, line] of [...lists, ...requests, ...lists, ...chosen]) {
    const text = body === undefined ? '' : JSON.stringify(body);
    const type = body === undefined ? [] : ['Content-Type: application/json', `Content-Length: ${text.length}`];
    const answer = await raw(app.served.port, [`x-api-key: ${key}`, ...type, ...(line === undefined ? [] : [line])], {
      method,
      path,
      body: text,
    });
    seen.push([method, path, line, answer]);
  }
  return seen;
}

async function setting(tenancy: 'routed' | 'shared', hidden: readonly Hidden[], content: string) {
  const app = await guardedApp({ guard: { tenancy, pageSize: 3 }, rules: new Map<string, Rule>() });
  const vendor = await app.kit.key({ name: 'vendor[secret]' });
  const other = await app.kit.key({
    name: 'other[secret]',
    oid: tenancy === 'shared' ? await app.kit.organization() : app.kit.oid,
  });
  const segment = await app.kit.key({ name: 'a[segment]' });
  const plain = await app.kit.key({ name: 'plain' });
  await app.ask(segment, 'PUT', '/rules/mine', { name: 'mine', data: 1 });
  await app.ask(vendor, 'PUT', '/rules/sealed', { name: 'sealed', data: content });
  for (const { id, ...rule } of hidden) await app.ask(other, 'PUT', `/rules/${id}`, rule);
  return { app, segment, plain };
}

/**
 * Two settings that differ only in what the caller may not know or read.
 *
 * @see research on redaction: every yes or no that depends on a hidden value is that value, one bit at a time.
 */
it.each(['routed', 'shared'] as const)(
  `hidden rows and withheld content change no byte of any answer (%s, seed ${seed})`,
  async (tenancy) => {
    await fc.assert(
      fc.asyncProperty(hiddenRules, fc.string(), hiddenRules, fc.string(), async (rows, content, rows2, content2) => {
        const one = await setting(tenancy, rows, `x${content}`);
        const two = await setting(tenancy, rows2, `x${content2}`);
        try {
          expect(await answers(one.app, one.segment.text)).toEqual(await answers(two.app, two.segment.text));
        } finally {
          await one.app.close();
          await two.app.close();
        }
        // Without `segment` the rows are known; only content is kept from the caller, and, in a shared router, other organizations.
        const same = tenancy === 'shared' ? rows2 : rows;
        const three = await setting(tenancy, rows, `x${content}`);
        const four = await setting(
          tenancy,
          tenancy === 'shared' ? same : rows.map((rule) => ({ ...rule, data: `${rule.data}!` })),
          `x${content2}`,
        );
        try {
          expect(await answers(three.app, three.plain.text)).toEqual(await answers(four.app, four.plain.text));
        } finally {
          await three.app.close();
          await four.app.close();
        }
      }),
      { numRuns: runs(12), seed },
    );
  },
  300_000,
);
