import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RawAnswer, raw } from '../../packages/express/test/support.js';
import { kindsToTest, makeDatabase, type TestDatabase } from '../../packages/stores/test/databases.js';
import { type ServerFixture, startServerFixture } from '../flow/caller.ts';

// Requests written byte by byte: HTTP clients fold, trim and refuse what an attacker sends.

describe.each(await kindsToTest(['sqlite', 'postgres']))('requests on a raw socket, on %s', (kind) => {
  let database: TestDatabase;
  let place: ServerFixture;
  let port: number;
  let key: string;
  let other: string;

  beforeAll(async () => {
    database = await makeDatabase(kind);
    place = await startServerFixture(await database.open(), { gate: { failureLimit: { limit: 0 } } });
    port = Number(new URL(place.running.url).port);
    key = place.organizationKey.text;
    other = (await place.person('other', ['dr.list'])).key;
  });
  afterAll(async () => {
    await place.close();
    await database.remove();
  });

  const who = (...lines: readonly string[]) => raw(port, lines, { path: '/v1/who' });
  const token = async () => {
    const body = new URLSearchParams({ oid: place.oid, secret: key }).toString();
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    return (await place.running.send({ method: 'POST', path: '/jwt', headers, body })).body.jwt;
  };
  const identOf = ({ body }: RawAnswer): unknown => JSON.parse(body).ident;

  it('T-C01, S-6750-11: two lines of x-api-key are refused, whichever is good', async () => {
    for (const lines of [
      [key, key],
      [key, other],
      [key, 'wrong'],
      ['wrong', key],
      ['', key],
    ]) {
      const answer = await who(...lines.map((text) => `x-api-key: ${text}`));
      expect(answer.status).toBe(400);
    }
    expect((await who(`X-API-KEY: ${key}`, `x-api-key: ${key}`)).status).toBe(400);
  });

  it('T-C02, S-9110-6: two lines of Authorization are refused, though Node shows one of them', async () => {
    const good = `Authorization: Bearer ${await token()}`;
    expect((await who(good)).status).toBe(200);
    for (const second of [good, 'Authorization: Basic YTpi', 'authorization: Bearer x', 'Authorization:']) {
      expect((await who(good, second)).status).toBe(400);
      expect((await who(second, good)).status).toBe(400);
    }
  });

  it('T-C03, S-6750-2, C-02: a key beside a token is refused, good or bad', async () => {
    const good = await token();
    for (const [first, second] of [
      [key, good],
      ['wrong', good],
      [key, 'wrong'],
      [other, good],
    ]) {
      const answer = await who(`x-api-key: ${first}`, `Authorization: Bearer ${second}`);
      expect(answer.status).toBe(400);
    }
  });

  it('C-01, T-C04, S-9110-1: a token counts behind the scheme Bearer only, in any letter case', async () => {
    const jwt = await token();
    for (const scheme of ['bearer', 'BEARER', 'bEaReR']) {
      expect((await who(`Authorization: ${scheme} ${jwt}`)).status).toBe(200);
    }
    for (const value of [`Basic ${jwt}`, `JWT ${jwt}`, `Token ${jwt}`, `XBearer ${jwt}`, jwt, `Bearer${jwt}`]) {
      expect([400, 401]).toContain((await who(`Authorization: ${value}`)).status);
    }
  });

  it('T-C05, S-6750-3, S-6750-4: no credential is taken from a query, a form, a cookie, a path or Basic', async () => {
    const jwt = await token();
    const fields = ['access_token', 'api_key', 'apikey', 'x-api-key', 'token', 'key', 'jwt'];
    for (const text of [key, jwt]) {
      const query = new URLSearchParams(fields.map((name) => [name, text])).toString();
      const type = 'Content-Type: application/x-www-form-urlencoded';
      const basic = Buffer.from(`x:${text}`).toString('base64');
      const sent = [
        await raw(port, [], { path: `/v1/who?${query}` }),
        await raw(port, [type, `Content-Length: ${query.length}`], { path: '/v1/who', body: query }),
        await who(`Cookie: ${fields.map((name) => `${name}=${text}`).join('; ')}`),
        await who(`Authorization: Basic ${basic}`),
        await raw(port, [], { path: `/v1/who/${text}` }),
      ];
      for (const { status, body } of sent) {
        expect([401, 404]).toContain(status);
        expect(body).not.toContain(text);
      }
    }
  });

  it('T-C07, T-C06: no text that only resembles a key is taken for it', async () => {
    const forms = ['""', `"${key}"`, 'null', 'undefined', '[object Object]', `${key},${key}`, `${key}%00`, `${key};`];
    for (const text of [...forms, `${key}\u00a0`, `\u00e9${key}`, encodeURIComponent(`${key}/`)]) {
      expect([400, 401]).toContain((await who(`x-api-key: ${text}`)).status);
    }
    expect((await who(`x-api-key: \t ${key} \t`)).status).toBe(200);
  });

  it('T-C09: a key behind a thousand other lines is used or refused, and one behind it is never forgotten', async () => {
    const lines = Array.from({ length: 1000 }, (_, at) => `a${at}: b`);
    const hidden = await who(...lines, `x-api-key: ${key}`);
    expect([200, 401, 431]).toContain(hidden.status);
    // Were the second line forgotten, a proxy and this process could pick different callers.
    expect((await who(`x-api-key: ${other}`, ...lines, `x-api-key: ${key}`)).status).not.toBe(200);
  });

  it('F-04: Connection that names a credential header changes no outcome', async () => {
    const headers = ['x-api-key', 'authorization', 'x-forwarded-for', 'host'];
    const socket = [`Connection: ${headers.join(', ')}`];
    expect((await who(...socket, `x-api-key: ${key}`)).status).toBe(200);
    expect((await who(...socket)).status).toBe(401);
  });

  it('C-03, F-01, F-02, F-03, T-S01: headers that look like an identity neither give nor change one', async () => {
    const names = [
      'x-middleware-subrequest',
      'x-internal-auth',
      'x-user',
      'x_user',
      'X--User',
      'x-user-id',
      'x-forwarded-user',
      'x-flairgate-ident',
      'x-flairgate-permissions',
      'x-remote-user',
      'remote-user',
      'x-oid',
      'x-permissions',
      '__proto__',
      'constructor',
    ];
    const lines = names.flatMap((name) => ['root', '*', place.oid, '1%0d%0ax-api-key: a'].map((v) => `${name}: ${v}`));
    expect((await who(...lines)).status).toBe(401);
    const plain = await who(`x-api-key: ${other}`);
    expect(await who(...lines, `x-api-key: ${other}`)).toEqual(plain);
  });

  it('J-02, S-6585-2: a header named like a member of every object breaks nothing; too large ones are 431', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']) {
      expect((await who(`${name}: a`, `${name}: b`)).status).toBe(401);
      expect((await who(`${name}: a`, `x-api-key: ${key}`)).status).toBe(200);
    }
    expect((await who(`x: ${'a'.repeat(40_000)}`)).status).toBe(431);
  });

  it('C-07, C-04: query, fragment and other spellings of a path open nothing', async () => {
    const path = `/v1/orgs/${place.oid}/keys`;
    const spellings = [
      `${path}?path=/healthz`,
      `${path}#/healthz`,
      `${path}?x=/owner_permissions`,
      `/healthz/..${path}`,
      `/healthz/%2e%2e${path}`,
      `/${path}`,
      `${path};healthz`,
      `/.${path}`,
      path.toUpperCase(),
      `${path}/`,
      path.replace('/keys', '%2fkeys'),
      `${path}%00`,
      `/healthz/..;${path}`,
      `${path}/..`,
      path.replaceAll('/', '\\'),
    ];
    for (const spelling of spellings) {
      const { status, body } = await raw(port, [], { path: spelling });
      expect([400, 401, 404, 405], spelling).toContain(status);
      expect(body, spelling).not.toContain('api_keys');
    }
  });

  it('C-08, C-09, T-S02: headers that name another path or host change no answer', async () => {
    const lines = [
      ...['X-Forwarded-Uri', 'X-Original-URL', 'X-Rewrite-URL', 'X-Original-URI'].map((name) => `${name}: /healthz`),
      'X-Forwarded-Prefix: /healthz',
      'X-Forwarded-Host: evil.example',
      'X-Forwarded-Proto: gopher',
      'Forwarded: host=evil.example;proto=http;for=10.0.0.1',
    ];
    for (const path of [`/v1/orgs/${place.oid}/keys`, '/.well-known/oauth-authorization-server', '/none']) {
      const plain = await raw(port, [], { path });
      const dressed = await raw(port, lines, { path });
      expect(dressed).toEqual(plain);
      expect(JSON.stringify(dressed)).not.toContain('evil.example');
    }
  });

  it('C-10: no header, query or field makes another method of POST', async () => {
    const path = `/v1/orgs/${place.oid}/keys`;
    const { keyId } = await place.organizationCaller('POST', path, { form: { key_name: 'kept' } }).then((made) => ({
      keyId: made.text('key_hash'),
    }));
    const body = new URLSearchParams({ _method: 'DELETE', key_hash: keyId }).toString();
    const lines = [
      `x-api-key: ${key}`,
      'X-HTTP-Method-Override: DELETE',
      'X-HTTP-Method: DELETE',
      'X-Method-Override: DELETE',
      'Content-Type: application/x-www-form-urlencoded',
      `Content-Length: ${body.length}`,
    ];
    const answer = await raw(port, lines, { method: 'POST', path: `${path}?_method=DELETE`, body });
    expect(answer.status).toBe(400);
    const listed = await place.organizationCaller('GET', path);
    expect(JSON.stringify(listed.body)).toContain(keyId);
  });

  it('C-06, T-C15, V4.1.4: unusual methods run nothing without a credential', async () => {
    const path = `/v1/orgs/${place.oid}/keys`;
    for (const method of ['HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'M-SEARCH', 'SEARCH', 'get', 'QUERY', 'LOCK']) {
      const { status, body } = await raw(port, [], { method, path });
      expect([400, 401, 404, 405], method).toContain(status);
      expect(body, method).not.toContain('api_keys');
    }
  });

  it('I-01: SQL as a credential is an unknown key, in the same bytes', async () => {
    const plain = await who(`x-api-key: ${'x'.repeat(36)}`);
    expect(plain.status).toBe(401);
    for (const text of [
      "' OR '1'='1",
      "'; DROP TABLE key; --",
      '1 UNION SELECT * FROM secret',
      '") OR ("1"="1',
      '%',
      '_',
    ]) {
      expect(await who(`x-api-key: ${text}`)).toEqual(plain);
      expect([400, 401]).toContain((await who(`Authorization: Bearer ${text}`)).status);
    }
    expect((await who(`x-api-key: ${key}`)).status).toBe(200);
  });

  it('D-01, T-V01: a key that is revoked is refused by the very next request, though it was cached', async () => {
    const path = `/v1/orgs/${place.oid}/keys`;
    const made = await place.organizationCaller('POST', path, { form: { key_name: 'warm' } });
    const line = `x-api-key: ${made.text('api_key')}`;
    for (let at = 0; at < 5; at += 1) expect((await who(line)).status).toBe(200);
    await place.organizationCaller('DELETE', path, { form: { key_hash: made.text('key_hash') } });
    for (let at = 0; at < 20; at += 1) expect((await who(line)).status).toBe(401);
  });

  it('K-01, T-V12, F-09: many callers at once each get themselves, and only themselves', async () => {
    const people = await Promise.all(Array.from({ length: 10 }, (_, at) => place.person(`crowd${at}`, ['dr.list'])));
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, at) => {
        const person = people[at % people.length];
        const good = await who(`x-api-key: ${person?.key}`);
        const refused = await raw(port, [`x-api-key: ${person?.key}`], {
          path: `/v1/orgs/${place.oid}/audit?cursor=mark${at}`,
        });
        return { good, refused, mail: person?.email, at };
      }),
    );
    for (const { good, refused, mail, at } of answers) {
      expect(identOf(good)).toBe(`laptop@${mail}`);
      const others = people.map(({ email }) => email).filter((email) => email !== mail);
      expect(others.filter((email) => `${good.body}${refused.body}`.includes(email))).toEqual([]);
      expect([...refused.body.matchAll(/mark(\d+)/g)].filter(([, found]) => found !== `${at}`)).toEqual([]);
    }
  });
});
