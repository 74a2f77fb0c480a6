import { memoryStore } from '@flairgate/core';
import type { Store } from '@flairgate/core/store';
import { sqliteStore } from '@flairgate/stores/sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ServerFixture, startServerFixture } from '../caller.ts';
import { type Description, readDescription } from './operations.ts';

/** Texts that some store does not keep, or some screen does not show. */
const texts: Readonly<Record<string, string>> = {
  'a NUL': 'a\0b',
  'the first half of a pair': 'a\ud800b',
  'the second half of a pair': 'a\udc00b',
  'a control character': 'a\u0007b',
  'a control character of the second set': 'a\u0085b',
  'a mark of direction': 'a\u202eb',
  'an isolate': 'a\u2066b',
  'a line separator': 'a\u2028b',
  'a non-character': 'a\uffffb',
  'a hundred thousand characters': 'x'.repeat(100_000),
  'four thousand characters': 'x'.repeat(4000),
  nothing: '',
};

/** Values of the other fields, so that a request gets as far as its store. */
const usual: Readonly<Record<string, unknown>> = {
  key_name: 'ci',
  name: 'texts',
  email: 'new@acme.example',
  member_email: 'ann@acme.example',
  perm: ['dr.list'],
  perms: ['dr.list'],
  role: 'Viewer',
  grants: {},
  uid: '00000000-0000-4000-8000-000000000000',
  secret: 'none',
  token: 'none',
  key_hash: 'none',
};

const schema = z.looseObject({ properties: z.record(z.string(), z.unknown()).optional() });
const parts = z.looseObject({
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string() })).default([]),
  requestBody: z.looseObject({ content: z.record(z.string(), z.object({ schema })) }).optional(),
});

interface TextField {
  readonly method: string;
  readonly path: string;
  readonly place: 'path' | 'query' | 'body';
  readonly name: string;
  /** All fields of the body. */
  readonly others: readonly string[];
}

function fieldsOf({ paths }: Description): readonly TextField[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, given]) => {
      const { parameters, requestBody } = parts.parse(given);
      const body = Object.keys(requestBody?.content['application/json']?.schema.properties ?? {});
      const common = { method: method.toUpperCase(), path, others: body };
      const beside = parameters.flatMap(({ name, in: place }): readonly TextField[] =>
        place === 'path' || place === 'query' ? [{ ...common, place, name }] : [],
      );
      return [...beside, ...body.map((name) => ({ ...common, place: 'body' as const, name }))];
    }),
  );
}

/** The same text alone, in a list, and as the name of a member. */
const shapes: readonly ((text: string) => unknown)[] = [
  (text) => text,
  (text) => ['dr.list', text],
  (text) => ({ [text]: { [text]: ['read'] } }),
];

/** Shapes of a text in a field: all in `test:long`, one in `test`, another one for each text and field. */
function shapesOf({ place }: TextField, turn: number): typeof shapes {
  if (place !== 'body') return shapes.slice(0, 1);
  const one = turn % shapes.length;
  return process.env.FULL_RUNS === undefined ? shapes.slice(one, one + 1) : shapes;
}

const stores: Readonly<Record<string, () => Promise<Store>>> = {
  memory: memoryStore,
  sqlite: () => sqliteStore({ file: ':memory:' }),
};

describe.each(Object.keys(stores))('every text field of every operation, on %s', (kind) => {
  let place: ServerFixture;
  let fields: readonly TextField[];
  beforeAll(async () => {
    place = await startServerFixture(await stores[kind]?.(), { gate: { failureLimit: { limit: 1_000_000 } } });
    fields = fieldsOf(await readDescription(place.running));
  });
  afterAll(() => place.close());

  it.each(Object.entries(texts))(
    'every text field of every operation takes %s or refuses it, and nothing breaks',
    { timeout: 120_000 },
    async (name, text) => {
      expect(fields.length).toBeGreaterThan(100);
      for (const [at, field] of fields.entries()) {
        // It would end the organization, or what calls here.
        if (field.method === 'DELETE' && field.path === '/v1/orgs/{oid}') continue;
        for (const shape of shapesOf(field, at + Object.keys(texts).indexOf(name))) {
          const status = await send(place, field, shape, text);
          expect(status, `${field.method} ${field.path} ${field.place} ${field.name}`).toBeLessThan(500);
        }
      }
    },
  );

  it('every text field of every operation keeps what a description may hold, and nothing else of it', async () => {
    const keys = `/v1/orgs/${place.oid}/keys`;
    const make = (description: string, key_name: string) =>
      place.owner('POST', keys, { json: { key_name, description, perms: ['dr.list'] } });
    const good = 'two lines\n\tand \u{1f469}\u200d\u{1f680} of them';
    expect((await make(good, 'good')).status).toBe(200);
    const { body } = await place.owner('GET', keys);
    expect(JSON.stringify(body)).toContain(JSON.stringify(good).slice(1, -1));
    for (const name of ['a NUL', 'the first half of a pair', 'a control character', 'a mark of direction']) {
      const refused = await make(texts[name] ?? '', 'bad');
      expect([refused.status, refused.body.code]).toEqual([400, 'ERR_VALIDATION']);
    }
  });
});

async function send(
  place: ServerFixture,
  field: TextField,
  shape: (text: string) => unknown,
  text: string,
): Promise<number> {
  const inPath = (name: string) => (name === 'oid' ? place.oid : String(usual[name] ?? usual.uid));
  const path = field.path.replace(/\{([a-z_]+)\}/g, (_, name: string) =>
    field.place === 'path' && field.name === name ? percent(text) : inPath(name),
  );
  const query = field.place === 'query' ? `?${field.name}=${percent(text)}` : '';
  // A request line of that length never reaches a route.
  if (path.length + query.length > 16_000) return 414;
  const others = Object.fromEntries(field.others.flatMap((name) => (name in usual ? [[name, usual[name]]] : [])));
  if (field.method === 'GET') return (await place.owner('GET', `${path}${query}`)).status;
  const json = field.place === 'body' ? { ...others, [field.name]: shape(text) } : others;
  return (await place.owner(field.method, `${path}${query}`, { json })).status;
}

/** Halves of pairs have no form in a URL: there, their bytes are what some clients send. */
function percent(text: string): string {
  return [...Buffer.from(text, 'utf8')].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}
