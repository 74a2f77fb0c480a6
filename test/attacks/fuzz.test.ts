import { deepStrictEqual } from 'node:assert';
import { defaultCatalogue, memoryStore, parseKeyName, readCredential } from '@flairgate/core';
import { grantKind, parseGrants, parseIdFormat, parseRanges, readKeySet } from '@flairgate/core/internal';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { raw } from '../../packages/express/test/support.js';
import { type ServerFixture, startServerFixture } from '../flow/caller.ts';
import { type Operation, operationsOf, pathIn, readDescription } from '../flow/every-route/operations.ts';
import { runs } from '../runs.ts';

let place: ServerFixture;
let port: number;
let operations: readonly Operation[];
const died: unknown[] = [];
const note = (error: unknown) => void died.push(error);

beforeAll(async () => {
  place = await startServerFixture(await memoryStore(), {
    trustProxy: ['127.0.0.1'],
    gate: { failureLimit: { limit: 0 } },
  });
  port = Number(new URL(place.running.url).port);
  operations = operationsOf(await readDescription(place.running));
  process.on('unhandledRejection', note);
});
afterAll(async () => {
  process.off('unhandledRejection', note);
  await place.close();
});

/** Bytes of a header value, most of them separators and quotes. */
const headerText = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'",;=\\ \t()<>@[]{}?/:%.*~-_+aZ09\u00e9\u00ff'), maxLength: 200 }),
  fc.string({ maxLength: 80 }).map((text) => text.replaceAll(/[^\x20-\x7e]/g, '~')),
);
const json = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.string(),
  fc.constantFrom('{"__proto__":{"a":1}}', '[[[[]]]]', '{"a":1,"a":2}', 'null', '"', '{', '\ufeff{}', '1e999'),
);

/** An answer that a request may have, whatever it says. */
const isOrdinary = ({ status }: { readonly status: number }) => status >= 200 && status < 500;

async function expectAlive(): Promise<void> {
  expect(died).toEqual([]);
  expect((await raw(port, [], { path: '/healthz' })).status).toBe(200);
  expect((await raw(port, [], { path: '/v1/who' })).status).toBe(401);
  expect((await raw(port, [`x-api-key: ${place.organizationKey.text}`], { path: '/v1/who' })).status).toBe(200);
  expect(Object.keys(Object.prototype)).toEqual([]);
}

describe('random requests', () => {
  it('J-08, T-D09, S-9457-4: random credentials are refused, never a fault, and end nothing', async () => {
    const names = fc.constantFrom('x-api-key', 'Authorization', 'authorization: Bearer', 'X-API-Key');
    await fc.assert(
      fc.asyncProperty(names, headerText, async (name, text) => {
        const answer = await raw(port, [name.includes(':') ? `${name} ${text}` : `${name}: ${text}`], {
          path: '/v1/who',
        });
        return answer.status === 400 || answer.status === 401;
      }),
      { numRuns: runs(500) },
    );
    await expectAlive();
  });

  it('T-L01, F-05: random proxy headers name no caller and break nothing', async () => {
    const names = fc.constantFrom('Forwarded', 'X-Forwarded-For', 'X-Forwarded-Host', 'X-Request-Id', 'traceparent');
    const pair = fc.tuple(fc.constantFrom('for', 'by', 'host', 'proto', 'x'), headerText);
    const forwarded = fc
      .array(pair, { maxLength: 6 })
      .map((all) => all.map(([name, text]) => `${name}=${text}`).join(';'));
    await fc.assert(
      fc.asyncProperty(names, fc.oneof(headerText, forwarded), async (name, text) => {
        const lines = [`${name}: ${text}`, `x-api-key: ${place.organizationKey.text}`];
        return (await raw(port, lines, { path: '/v1/who' })).status < 500;
      }),
      { numRuns: runs(500) },
    );
    await expectAlive();
  });

  it('T-C10, T-X11, T-R13, I-03, I-05: random bodies, queries and cursors of every route are no fault', async () => {
    const key = `x-api-key: ${place.organizationKey.text}`;
    const query = fc.dictionary(
      fc.constantFrom('cursor', 'limit', 'perm', 'oid', 'sort', '__proto__', 'a[b]'),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(), json, query, async (at, body, parameters) => {
        const operation = operations[at % operations.length];
        // What ends the fixture is tried elsewhere.
        if (operation === undefined || operation.path.endsWith('/revoke') || operation.path === '/v1/changes')
          return true;
        const path = `${pathIn(operation, place.oid)}?${new URLSearchParams(parameters)}`;
        const bytes = Buffer.from(operation.method === 'GET' ? '' : body, 'utf8').toString('latin1');
        const lines = [key, 'Content-Type: application/json', `Content-Length: ${bytes.length}`];
        return isOrdinary(await raw(port, lines, { method: operation.method, path, body: bytes }));
      }),
      { numRuns: runs(1500) },
    );
    await expectAlive();
  });
});

/** CPU time of a call, in microseconds: the least of several, because others use the machine. */
function costOf(work: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round += 1) {
    const before = process.cpuUsage();
    for (let at = 0; at < 20; at += 1) work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, user + system);
  }
  return Math.max(least, 200);
}

const parsers: Readonly<Record<string, (text: string) => unknown>> = {
  'the name of a key': (text) => parseKeyName(text),
  'a credential': (text) => readCredential(['x-api-key', text]),
  'a token': (text) => readCredential(['Authorization', `Bearer ${text}`]),
  'a permission': (text) => grantKind(text),
  'a list of grants': (text) => parseGrants([text], defaultCatalogue),
  'an address range': (text) => parseRanges([text]),
};

/** Parsers may refuse with a value or with an error of ours, which names no line of code. */
function outcomeOf(parse: (text: string) => unknown, text: string): unknown {
  try {
    const result = parse(text);
    return typeof result === 'object' && result !== null ? JSON.stringify(result) : result;
  } catch (error) {
    const { name, message } = error as Error;
    if (['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError'].includes(name)) throw error;
    return `${name}: ${message}`;
  }
}

describe.each(Object.entries(parsers))('%s, parsed from random text', (_what, parse) => {
  it('T-D06, T-F13, J-03: random text gives one answer, never an error of the program', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      headerText,
      fc.constantFrom('[', '[root]', '*'),
    );
    fc.assert(
      fc.property(text, (given) => {
        deepStrictEqual(outcomeOf(parse, given), outcomeOf(parse, given));
      }),
      { numRuns: runs(2000) },
    );
  });

  it.each(['[', ']', '[a]', '.', 'a', ' ', '*', ':', '\u00e9', '(', '1.', '::', '%', 'a.', '[[', '-'])(
    'T-D06, T-F13, J-06: the cost of a long text of %j grows no faster than its length',
    (unit) => {
      const short = unit.repeat(1000);
      const long = unit.repeat(16_000);
      // Linear is 16 times, quadratic is 256 times.
      expect(costOf(() => outcomeOf(parse, long))).toBeLessThan(100 * costOf(() => outcomeOf(parse, short)));
    },
  );
});

describe('random documents', () => {
  it('T-S05, S-JOSE-10: a random key set is read or refused, and no key of it is a secret one', () => {
    const member = fc.oneof(
      fc.constantFrom('RSA', 'EC', 'oct', 'OKP', 'sig', 'enc', 'AQAB', 'P-256', 'RS256'),
      fc.jsonValue(),
    );
    const names = fc.constantFrom(
      'kty',
      'kid',
      'use',
      'alg',
      'n',
      'e',
      'x',
      'y',
      'crv',
      'k',
      'd',
      'key_ops',
      '__proto__',
    );
    const entry = fc.oneof(fc.dictionary(names, member), fc.jsonValue());
    const document = fc.oneof(fc.record({ keys: fc.array(entry, { maxLength: 5 }) }), fc.jsonValue());
    fc.assert(
      fc.property(document, (given) => {
        const read = () => readKeySet(given as never);
        const outcome = outcomeOf(() => read(), '');
        expect(String(outcome)).not.toContain('"k":');
      }),
      { numRuns: runs(3000) },
    );
  });

  it('T-R02, I-04: random forms of ids are read or refused by name', () => {
    fc.assert(
      fc.property(fc.anything(), (given) => {
        outcomeOf(() => parseIdFormat('ids', given as never), '');
      }),
      { numRuns: runs(1000) },
    );
  });

  it('T-O02, I-04: a format of ids that only every object has is refused at the start', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'none', '']) {
      expect(() => parseIdFormat('ids', name as never)).toThrow('ids: must be');
    }
  });

  it('T-C01, T-C06: random raw headers are a credential, a refusal or nothing', () => {
    const name = fc.constantFrom('x-api-key', 'X-Api-Key', 'authorization', 'Authorization', 'cookie', '__proto__', '');
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.string({ unit: 'binary' })), { maxLength: 6 }), (lines) => {
        const read = readCredential(lines.flat());
        if (!('kind' in read))
          expect(['ERR_CREDENTIAL_AMBIGUOUS', 'ERR_CREDENTIAL_MALFORMED', 'ERR_TOKEN_TOO_LARGE']).toContain(read.code);
        else expect(['api-key', 'bearer', 'none']).toContain(read.kind);
      }),
      { numRuns: runs(3000) },
    );
  });
});
