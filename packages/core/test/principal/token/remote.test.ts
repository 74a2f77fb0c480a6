import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCatalogue, OptionError, UnavailableError } from '@flairgate/core';
import { publicJwk } from '@flairgate/core/internal';
import {
  createCatalogueSource,
  createJwksSource,
  createTokenVerifier,
  type JwksSourceOptions,
} from '@flairgate/core/tokens';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AUDIENCE, craft, header, ISSUER, input, keys, mint, NOW, reasonOf, signers } from './token-fixture.js';

interface Reply {
  readonly status?: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Never answers. */
  readonly hang?: boolean;
}

let server: Server;
let base: string;
let reply: Reply;
let requests: string[];
let clock: number;

beforeEach(async () => {
  clock = NOW;
  requests = [];
  reply = { body: JSON.stringify({ keys: [publicJwk(keys.ES256)] }) };
  server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (reply.hang) return;
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/jwk-set+json', ...reply.headers });
    response.end(reply.body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

const source = (changes: Partial<JwksSourceOptions> = {}) =>
  createJwksSource({ url: `${base}/jwks.json`, fetch, clock: () => clock, ...changes });
const verifierOf = (keySource: ReturnType<typeof source>) => {
  const verify = createTokenVerifier({
    issuers: [{ issuer: ISSUER, audience: AUDIENCE, keys: keySource, accepts: 'own' }],
    clock: () => clock,
  });
  return async (text: string, nowMs = NOW) => reasonOf(await verify(text, nowMs));
};

describe('keys of another issuer', () => {
  it('keys of another issuer are fetched once for many waiters, then known', async () => {
    const keySource = source();
    const verify = verifierOf(keySource);
    const answers = await Promise.all(Array.from({ length: 100 }, () => verify(mint(input()))));
    expect(new Set(answers)).toEqual(new Set(['accepted']));
    expect(requests).toEqual(['GET /jwks.json']);
    expect(keySource.find(keys.ES256.kid)?.algorithm).toBe('ES256');
  });

  it('keys of another issuer cost nothing under a flood of unknown ids', async () => {
    const verify = verifierOf(source({ cooldownSeconds: 30 }));
    expect(await verify(mint(input()))).toBe('accepted');
    for (let index = 0; index < 1000; index += 1) {
      const jwt = craft({ ...header(), kid: `unknown-${index}` }, { iss: ISSUER });
      expect(await verify(jwt)).toBe('token: unknown key');
    }
    expect(requests).toHaveLength(1);
    clock += 30_000;
    expect(await verify(craft({ ...header(), kid: 'one more' }, { iss: ISSUER }))).toBe('token: unknown key');
    expect(requests).toHaveLength(2);
  });

  it('keys of another issuer are found when the issuer adds one', async () => {
    const verify = verifierOf(source());
    expect(await verify(mint(input()))).toBe('accepted');
    reply = { body: JSON.stringify({ keys: [publicJwk(keys.ES256), publicJwk(keys.RS256)] }) };
    clock += 30_000;
    expect(await verify(mint(input(), signers.RS256))).toBe('accepted');
  });

  it('keys of another issuer are fetched again in the background, and end when the issuer removes them', async () => {
    const keySource = source({ keySetSeconds: 300 });
    await keySource.refresh?.('x');
    reply = { body: JSON.stringify({ keys: [] }) };
    clock += 301_000;
    expect(keySource.find(keys.ES256.kid)).toBeDefined();
    await expect.poll(() => keySource.find(keys.ES256.kid), { timeout: 30_000 }).toBeUndefined();
    expect(requests).toHaveLength(2);
  });

  it('keys of another issuer survive an outage without one refused token, up to the stated age, and are a fault after it', async () => {
    const verify = verifierOf(source({ keySetSeconds: 300, staleKeysSeconds: 3600 }));
    expect(await verify(mint(input()))).toBe('accepted');
    reply = { status: 500, body: 'down' };
    for (const [at, seconds] of [301, 1000, 2000, 3600].entries()) {
      clock = NOW + seconds * 1000;
      const requested = async () => {
        expect(await verify(mint(input()))).toBe('accepted');
        return requests.length;
      };
      await expect.poll(requested, { timeout: 30_000 }).toBe(at + 2);
    }
    clock = NOW + 3_601_000;
    await expect(verify(mint(input()))).rejects.toThrow(UnavailableError);
    clock += 30_000;
    reply = { body: JSON.stringify({ keys: [publicJwk(keys.ES256)] }) };
    expect(await verify(mint(input()))).toBe('accepted');
  });

  it('keys of another issuer that are unknown during an outage are a fault, not a refusal', async () => {
    const verify = verifierOf(source());
    expect(await verify(mint(input()))).toBe('accepted');
    reply = { status: 503, body: '' };
    clock += 30_000;
    for (let time = 0; time < 3; time += 1)
      await expect(verify(mint(input(), signers.RS256))).rejects.toThrow(UnavailableError);
    expect(requests).toHaveLength(2);
    expect(await verify(mint(input()))).toBe('accepted');
  });

  const bad: readonly [string, () => Reply][] = [
    ['404', () => ({ status: 404, body: '{}' })],
    ['201', () => ({ status: 201, body: reply.body })],
    ['a redirect', () => ({ status: 302, body: '', headers: { location: `${base}/elsewhere` } })],
    ['no JSON', () => ({ body: '<html>' })],
    ['a list', () => ({ body: '[]' })],
    ['101 keys', () => ({ body: JSON.stringify({ keys: Array.from({ length: 101 }, () => ({})) }) })],
    ['a secret', () => ({ body: JSON.stringify({ keys: [{ kty: 'oct', k: 'x' }] }) })],
    ['a member that stands twice', () => ({ body: reply.body.replace('{', '{"keys":[],') })],
    ['more than 64 KiB', () => ({ body: JSON.stringify({ keys: [], x: 'x'.repeat(65_536) }) })],
    ['silence', () => ({ body: '', hang: true })],
  ];
  it.each(bad)('keys of another issuer are not accepted from %s', async (_, make) => {
    reply = make();
    const keySource = source({ timeoutMs: 150 });
    await expect(keySource.refresh?.('x')).rejects.toThrow(UnavailableError);
    expect(keySource.find(keys.ES256.kid)).toBeUndefined();
    expect(requests).toHaveLength(1);
  });

  it('keys of another issuer are old when the clock was set back', async () => {
    const keySource = source();
    await keySource.refresh?.('x');
    clock -= 60_000;
    expect(keySource.find(keys.ES256.kid)).toBeUndefined();
    await keySource.refresh?.('x');
    expect(requests).toHaveLength(2);
    expect(keySource.find(keys.ES256.kid)).toBeDefined();
  });

  it.each(['http://example.com/jwks', 'ftp://localhost/', 'file:///etc/passwd', 'https://a:b@example.com/', 'x', ''])(
    'keys of another issuer are not fetched from %j',
    (url) => {
      expect(() => source({ url })).toThrow(OptionError);
    },
  );

  it.each([
    { cacheSecond: 1 },
    { keySetSeconds: 0 },
    { timeoutMs: Number.NaN },
    { keySetSeconds: 60, staleKeysSeconds: 59 },
  ])('keys of another issuer are not fetched with %j', (changes) => {
    expect(() => source(changes)).toThrow(OptionError);
  });
});

describe('catalogues of another issuer', () => {
  const names = ['dr.list', 'dr.set'];
  const { digest } = createCatalogue(names.map((name) => ({ name, description: '', privileged: false })));
  const catalogues = () => createCatalogueSource({ issuer: base, fetch, clock: () => clock });

  it('catalogues of another issuer are fetched once by their digest and kept', async () => {
    reply = { body: JSON.stringify({ permissions: names }) };
    const known = catalogues();
    expect(known.find(digest)).toBeUndefined();
    await Promise.all([known.refresh?.(digest), known.refresh?.(digest)]);
    expect(requests).toEqual([`GET /.well-known/flairgate-catalogue/${digest}`]);
    expect(known.find(digest)?.entries.map(({ name }) => name)).toEqual(names);
  });

  it.each([{ permissions: names.toReversed() }, { permissions: [] }, { permissions: 'x' }, {}, { permissions: [1] }])(
    'catalogues of another issuer are not taken when the content is not what the digest names: %j',
    async (body) => {
      reply = { body: JSON.stringify(body) };
      const known = catalogues();
      await expect(known.refresh?.(digest)).rejects.toThrow(UnavailableError);
      expect(known.find(digest)).toBeUndefined();
      await expect(known.refresh?.(digest)).rejects.toThrow(UnavailableError);
      expect(requests).toHaveLength(1);
      clock += 5000;
      reply = { body: JSON.stringify({ permissions: names }) };
      await known.refresh?.(digest);
      expect(known.find(digest)).toBeDefined();
    },
  );
});
