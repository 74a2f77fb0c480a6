import type { ListShape } from '@flairgate/express';
import { type TestGate, type TestKey, testGate } from '@flairgate/express/testing';
import express from 'express';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Served, serve } from '../../packages/express/test/support.js';
import { runs } from '../runs.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);

const shapes: Readonly<Record<string, ListShape>> = { array: 'array', map: 'map', wrapped: { member: 'items' } };
const formats = { token: /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/, integer: /^(?:0|[1-9][0-9]{0,15})$/ } as const;
type Format = keyof typeof formats;

const id = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b-1', '7', '0') },
  { weight: 3, arbitrary: fc.nat(40) },
  { weight: 1, arbitrary: fc.constantFrom('', 'é', 'a b', '?', '07', -1, 1.5, 1e21, true, null) },
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(fc.string({ unit: 'binary', maxLength: 6 }), fc.double({ noNaN: true }), fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('id', 'items', 'x', 'é', '"'), tie('value'), { maxKeys: 3 }),
  ),
}));
/** Members in order, so that a name may come twice. */
const again = fc.tuple(fc.constant('id'), fc.oneof(id, value));
const member = fc.tuple(fc.constantFrom('n', 'idx', 'Id', 'é'), value);
const members = fc.array(fc.oneof({ weight: 12, arbitrary: member }, { weight: 1, arbitrary: again }), {
  maxLength: 3,
});
const item = fc.tuple(members, id, fc.nat(3));
const odd = fc.oneof({ weight: 10, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

/** Numbers that choose white space and escapes in a text. */
const style = fc.infiniteStream(fc.nat(60));

function write(json: unknown, choose: () => number): string {
  const space = () => ['', '', '', ' ', '\n\t', '\r\n'][choose() % 6] ?? '';
  const text = (plain: string) =>
    JSON.stringify(plain).replace(/[a-z]/, (letter) =>
      choose() === 0 ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}` : letter,
    );
  const inner = (parts: readonly string[]) => parts.map((part) => space() + part + space()).join(',');
  if (Array.isArray(json)) return `[${inner(json.map((each) => write(each, choose)))}]`;
  if (json instanceof Members) {
    return `{${inner(json.entries.map(([name, each]) => `${text(name)}${space()}:${space()}${write(each, choose)}`))}}`;
  }
  if (typeof json === 'object' && json !== null) return write(new Members(Object.entries(json)), choose);
  if (typeof json === 'string') return text(json);
  const plain = JSON.stringify(json);
  return typeof json !== 'number' || choose() > 2
    ? plain
    : ([`0${plain}`, `${plain}.0`, `${plain}e0`][choose() % 3] ?? plain);
}

class Members {
  readonly entries: readonly (readonly [string, unknown])[];
  constructor(entries: readonly (readonly [string, unknown])[]) {
    this.entries = entries;
  }
}

type Item = readonly [readonly (readonly [string, unknown])[], unknown, number];

function itemOf([others, itsId, at]: Item): Members {
  return new Members([...others.slice(0, at), ['id', itsId], ...others.slice(at)]);
}

function listOf(shape: string, items: readonly Item[], strange: unknown): unknown {
  const list = [...items.map(itemOf), ...(strange === undefined ? [] : [strange])];
  if (shape === 'map') return new Members(items.map((each) => [String(each[1]), strange ?? itemOf(each)]));
  return shape === 'array'
    ? list
    : new Members([
        ['total', list.length],
        ['items', items.map(itemOf)],
        [strange === undefined ? 'next' : 'items', strange ?? null],
      ]);
}

/** True for a list as the guard promises it, written with the parser in the plainest way. */
function isList(bytes: Buffer, shape: string, format: Format): boolean {
  const isObject = (json: unknown) => typeof json === 'object' && json !== null && !Array.isArray(json);
  const isId = (given: unknown) =>
    (typeof given === 'string' || (format === 'integer' && Number.isSafeInteger(given))) &&
    formats[format].test(String(given));
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (shape === 'map') {
      return isObject(json) && Object.entries(json as object).every(([name, each]) => isId(name) && isObject(each));
    }
    const list: unknown = shape === 'array' ? json : isObject(json) && Reflect.get(json as object, 'items');
    return Array.isArray(list) && list.every((each) => isObject(each) && Object.hasOwn(each, 'id') && isId(each.id));
  } catch {
    return false;
  }
}

describe('a guarded list', () => {
  let kit: TestGate;
  let served: Served;
  let open: TestKey;
  let segment: TestKey;
  let answer: Buffer = Buffer.alloc(0);

  beforeAll(async () => {
    kit = await testGate();
    open = await kit.key();
    segment = await kit.key({ name: 'a[segment]' });
    const app = express();
    app.use(kit.gate.authenticate());
    for (const [shape, items] of Object.entries(shapes)) {
      for (const format of ['token', 'integer'] as const) {
        const routes = { 'GET /': { kind: 'list', items } } as const;
        app.use(
          `/${shape}/${format}`,
          kit.gate.guard({ type: 'rule', tenancy: 'routed', id: { format }, content: ['n'], routes }),
          (_req, res) => void res.type('json').end(answer),
        );
      }
    }
    served = await serve(app);
  });
  afterAll(async () => {
    await served.close();
    await kit.close();
  });

  async function listed({ text }: TestKey, path: string): Promise<{ status: number; sent: Buffer }> {
    const response = await fetch(`${served.url}/${path}`, { headers: { 'x-api-key': text } });
    return { status: response.status, sent: Buffer.from(await response.arrayBuffer()) };
  }

  /** True if a caller that can know no item gets a list, which is then empty. */
  async function isJudged(shape: string, path: string): Promise<boolean> {
    const { status, sent } = await listed(segment, path);
    if (status !== 200) {
      expect(status).toBe(500);
      return false;
    }
    expect(JSON.parse(sent.toString())).toEqual({ array: [], map: {}, wrapped: { items: [] } }[shape]);
    return true;
  }

  it(`a guarded list goes out as it came where nothing is kept, and is judged only in the declared shape, seed ${seed}`, async () => {
    const counts = { passed: 0, refused: 0 };
    const spoilt = fc.option(
      fc.record({ at: fc.nat(10_000), off: fc.nat(2), put: fc.constantFrom(...'"\\{}[]:,0e-. id\u0001é') }),
      { freq: 3 },
    );
    const property = fc.asyncProperty(
      fc.constantFrom(...Object.keys(shapes)),
      fc.constantFrom<Format>('token', 'integer'),
      fc.array(item, { maxLength: 4 }),
      odd,
      style,
      spoilt,
      async (shape, format, items, strange, styles, spoil) => {
        const choose = () => styles.next().value ?? 0;
        let bytes = Buffer.from(write(listOf(shape, items, strange), choose));
        if (spoil !== null) {
          const at = spoil.at % (bytes.length + 1);
          const put = Buffer.from(spoil.put, spoil.at % 2 === 0 ? 'utf8' : 'latin1');
          bytes = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + spoil.off)]);
        }
        if (bytes.length === 0) return;
        const expected = isList(bytes, shape, format);
        counts[expected ? 'passed' : 'refused'] += 1;
        answer = bytes;
        const passed = await listed(open, `${shape}/${format}`);
        expect([passed.status, passed.sent.equals(bytes)]).toEqual([200, true]);
        expect(await isJudged(shape, `${shape}/${format}`), bytes.toString()).toBe(expected);
      },
    );
    await fc.assert(property, { seed, numRuns: runs(1500) });
    expect(Math.min(counts.passed, counts.refused)).toBeGreaterThan(runs(100));
  });
});
