import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RawAnswer, raw } from '../../packages/express/test/support.js';
import { kindsToTest, makeDatabase, type TestDatabase } from '../../packages/stores/test/databases.js';
import { type ServerFixture, startServerFixture } from '../flow/caller.ts';
import { type Operation, operationsOf, pathIn, readDescription } from '../flow/every-route/operations.ts';

/** Texts that break headers, JSON, logs and pages which repeat them. */
const NAUGHTY = [
  '"',
  '\\',
  '\u00e9',
  '\u0001',
  '", error="x',
  'a\tb',
  '<script>',
  '%0d%0aX: y',
  '\u202e',
  "';--",
  '{}',
];

/** Parameters of a challenge, with their values. */
const PARAMETER = /([a-z_]+)="((?:[^"\\]|\\.)*)"/g;

function header({ headers }: RawAnswer, name: string): readonly string[] {
  const start = `${name.toLowerCase()}: `;
  return headers.filter((line) => line.toLowerCase().startsWith(start)).map((line) => line.slice(start.length));
}

function expectChallenge(answer: RawAnswer): void {
  const [challenge = '', ...more] = header(answer, 'WWW-Authenticate');
  expect(more).toEqual([]);
  expect(challenge).toMatch(/^Bearer [a-z_]+="/);
  const parameters = [...challenge.matchAll(PARAMETER)];
  // What is left must be the scheme and commas: each value is quoted.
  expect(challenge.replaceAll(PARAMETER, '').replace('Bearer ', '')).toMatch(/^[, ]*$/);
  const names = parameters.map(([, name]) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const [, name, value = ''] of parameters) {
    if (name === 'error' || name === 'error_description') {
      expect(value).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]*$/);
    }
  }
}

describe.each(await kindsToTest(['sqlite', 'postgres']))('answers of every route, on %s', (kind) => {
  let database: TestDatabase;
  let place: ServerFixture;
  let port: number;
  let operations: readonly Operation[];

  beforeAll(async () => {
    database = await makeDatabase(kind);
    place = await startServerFixture(await database.open(), { gate: { failureLimit: { limit: 0 } } });
    port = Number(new URL(place.running.url).port);
    operations = operationsOf(await readDescription(place.running));
  });
  afterAll(async () => {
    await place.close();
    await database.remove();
  });

  const ask = (operation: Operation, ...lines: readonly string[]) =>
    raw(port, lines, { method: operation.method, path: pathIn(operation, place.oid) });

  it('S-9110-2, S-9110-3, S-6750-5, S-6750-6, S-6750-7, T-G05: every 401 has one challenge of permitted characters', async () => {
    let refused = 0;
    for (const operation of operations) {
      for (const lines of [
        [],
        ['x-api-key: wrong'],
        ['Authorization: Bearer wrong'],
        ['Authorization: Bearer "\\'],
        [`x-api-key: ${place.organizationKey.text}`],
      ]) {
        const answer = await ask(operation, ...lines);
        if (answer.status !== 401) continue;
        refused += 1;
        expectChallenge(answer);
      }
    }
    expect(refused).toBeGreaterThan(operations.length);
  });

  it('S-6750-7, T-G05, S-9457-4: nothing that was sent stands in a challenge or breaks one', async () => {
    for (const text of NAUGHTY) {
      const path = `/v1/orgs/${encodeURIComponent(text)}/keys?perm=${encodeURIComponent(text)}`;
      for (const lines of [[`x-api-key: ${text}`], [`Authorization: Bearer ${text}`], [`Authorization: ${text}`]]) {
        const answer = await raw(port, lines, { path });
        expect([400, 401], text).toContain(answer.status);
        if (answer.status === 401) expectChallenge(answer);
        expect(header(answer, 'X')).toEqual([]);
      }
    }
  });

  it('S-6750-8, S-6750-9, S-6750-10: a challenge has an error only where a credential was sent', async () => {
    const path = `/v1/orgs/${place.oid}/users`;
    const challengeOf = async (...lines: readonly string[]) =>
      header(await raw(port, lines, { path }), 'WWW-Authenticate').join();
    expect(await challengeOf()).not.toContain('error');
    expect(await challengeOf('Authorization: Bearer wrong.wrong.wrong')).toContain('error="invalid_token"');
    expect(await challengeOf(`x-api-key: ${place.organizationKey.text}`)).toContain('error="insufficient_scope"');
  });

  it('D-08, S-6750-12, T-X07: an answer with a token or a secret is stored by no cache', async () => {
    const form = ['Content-Type: application/x-www-form-urlencoded'];
    const exchange = new URLSearchParams({ oid: place.oid, secret: place.organizationKey.text }).toString();
    const name = 'key_name=cached';
    const answers = [
      await raw(port, [...form, `Content-Length: ${exchange.length}`], {
        method: 'POST',
        path: '/jwt',
        body: exchange,
      }),
      await raw(port, [...form, `Content-Length: ${name.length}`, `x-api-key: ${place.organizationKey.text}`], {
        method: 'POST',
        path: `/v1/orgs/${place.oid}/keys`,
        body: name,
      }),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      expect(header(answer, 'Cache-Control').join()).toContain('no-store');
    }
    const second = await raw(port, [...form, 'Content-Length: 0'], { method: 'POST', path: '/jwt' });
    expect([second.status, second.body.includes('jwt"')]).toEqual([400, false]);
  });

  it('S-9111-1, S-9110-10, D-07, V14.2.2: no answer to a credential may be reused by a shared cache', async () => {
    for (const operation of operations.filter(({ method, needs }) => method === 'GET' && needs.kind !== 'nothing')) {
      for (const text of [place.organizationKey.text, place.userKey.text, 'wrong']) {
        const answer = await ask(operation, `x-api-key: ${text}`);
        const control = header(answer, 'Cache-Control').join();
        expect(control, operation.path).toMatch(/no-store|private/);
        expect(control, operation.path).not.toMatch(/public|s-maxage|must-revalidate/);
      }
    }
  });

  it('V4.1.1, T-G08, V13.4, T-A12: every body has a type and a charset, and no header names the software', async () => {
    for (const operation of operations) {
      const answer = await ask(operation);
      const [type = ''] = header(answer, 'Content-Type');
      // JSON is UTF-8 by its definition (RFC 8259, section 8.1); its types have no charset parameter.
      expect(type, operation.path).toMatch(/^application\/(problem\+|jwk-set\+|openapi\+)?json|; ?charset=utf-8$/);
      expect(header(answer, 'X-Content-Type-Options')).toEqual(['nosniff']);
      for (const name of ['X-Powered-By', 'Server', 'Via', 'SourceMap', 'Set-Cookie']) {
        expect(header(answer, name), operation.path).toEqual([]);
      }
      expect(answer.body).not.toMatch(/node_modules|\bat .+:\d+:\d+|SELECT |sqlite|postgres/i);
    }
  });

  it('L-03, T-A06, L-05, T-A11: no origin is allowed by itself, and nothing redirects', async () => {
    for (const operation of operations) {
      for (const origin of ['https://evil.example', 'null', 'https://auth.example.evil.example']) {
        const answer = await ask(operation, `Origin: ${origin}`, `Referer: ${origin}`);
        const allowed = header(answer, 'Access-Control-Allow-Origin').join();
        expect(allowed, operation.path).not.toContain(origin);
        expect(header(answer, 'Access-Control-Allow-Credentials')).toEqual([]);
        expect(answer.status < 300 || answer.status >= 400, operation.path).toBe(true);
      }
    }
    for (const query of ['next=//evil.example', 'next=%5c%5cevil.example', 'return_to=javascript:alert(1)']) {
      for (const path of [`/?${query}`, `/docs?${query}`, `/jwt?${query}`]) {
        const answer = await raw(port, [], { path });
        expect(header(answer, 'Location').join()).not.toContain('evil');
      }
    }
  });

  it('T-A14: no GET and no HEAD of any route changes a row', async () => {
    const { store } = place.running.service.context.administration;
    const count = async () => {
      const tables = ['key', 'secret', 'user', 'membership', 'organization', 'group', 'policy', 'federation'] as const;
      const rows = await store.read(async (tx) => {
        const found: unknown[] = [];
        for (const table of tables) found.push(await tx.find(table, {}));
        return [...found, await tx.get('revision', { id: 1 })];
      });
      return rows.map((list) => (Array.isArray(list) ? list.map((row) => ({ ...row, lastUsedAt: 0 })) : list));
    };
    const before = await count();
    for (const operation of operations.filter(({ method }) => method === 'GET')) {
      for (const text of [place.userKey.text, place.organizationKey.text]) {
        await ask(operation, `x-api-key: ${text}`);
        await ask({ ...operation, method: 'HEAD' }, `x-api-key: ${text}`);
      }
    }
    const named = (rows: unknown) => JSON.stringify(rows).replaceAll(/"(usedAt|lastUsedAt)":[^,}]+/g, '');
    expect(named(await count())).toBe(named(before));
  });

  it('E-05: a caller that may only read changes nothing by any other method', async () => {
    const made = await place.owner('POST', `/v1/orgs/${place.oid}/keys`, {
      form: [
        ['key_name', 'reader'],
        ['perms', 'org.get,sensor.list,dr.list,audit.get'],
      ],
    });
    const line = `x-api-key: ${made.text('api_key')}`;
    for (const operation of operations.filter(({ method, needs }) => method !== 'GET' && needs.kind !== 'secret')) {
      const answer = await ask(operation, line, 'Content-Length: 0');
      expect([400, 401, 403, 404], `${operation.method} ${operation.path}`).toContain(answer.status);
    }
  });
});
