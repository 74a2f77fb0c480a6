import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { limeCatalogue, memoryStore, OptionError } from '@flairgate/core';
import type { Store } from '@flairgate/core/store';
import { createService, type ServiceOptions } from '@flairgate/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectDenied, newKey, newOrganization, newUser, startServiceFixture } from './support.js';

let store: Store;

beforeAll(async () => {
  store = await memoryStore();
});

afterAll(() => store.close());

const build = (options: object) =>
  createService({ store, issuer: 'https://auth.example', audience: 'flairgate', ...options } as ServiceOptions);

describe('createService', () => {
  it.each([
    ['an unknown option, naming the nearest', { allowGetExchnage: true }, /allowGetExchange/],
    ['an unknown option of the gate', { gate: { prefligt: true } }, /preflight/],
    ['an option of the gate that is its own', { gate: { tokens: {} } }, /gate\.tokens/],
    ['no issuer', { issuer: '' }, /issuer/],
    ['no audience', { audience: undefined }, /audience/],
    ['no store', { store: undefined }, /store/],
    ['an unknown key format', { keyFormat: 'guid' }, /keyFormat/],
    ['a flag that is no flag', { allowGetExchange: 'yes' }, /allowGetExchange/],
    ['a lifetime out of bounds', { maxTokenSeconds: 1e9 }, /maxTokenSeconds/],
    ['too few rounds', { keyHash: { scheme: 'pbkdf2-sha256', rounds: 1 } }, /rounds/],
    ['an unknown limit, naming the nearest', { limits: { userKey: 5 } }, /did you mean `userKeys`/],
    ['a limit that is no number', { limits: { userKeys: '5' } }, /^limits\.userKeys/],
    ['more depth than is ever followed', { limits: { groupDepth: 17 } }, /^limits\.groupDepth: .* 16/],
    ['a weak secret', { tokenSecret: 'short' }, /^tokenSecret: .*at least 32/],
  ])('createService refuses %s', async (_name, options, message) => {
    const built = build(options);
    await expect(built).rejects.toThrow(OptionError);
    await expect(built).rejects.toThrow(message);
  });

  it('createService refuses a request with two Host lines, on every path', async () => {
    const bench = await startServiceFixture();
    const { hostname, port } = new URL(bench.url);
    const lines = async (path: string, ...hosts: readonly string[]) => {
      const socket = connect(Number(port), hostname);
      socket.end(
        `GET ${path} HTTP/1.1\r\n${hosts.map((host) => `Host: ${host}\r\n`).join('')}Connection: close\r\n\r\n`,
      );
      return (await text(socket)).split('\r\n')[0];
    };
    for (const path of ['/healthz', '/v1/who', '/none']) {
      expect(await lines(path, 'a', 'b')).toBe('HTTP/1.1 400 Bad Request');
      expect(await lines(path, 'a', 'a')).toBe('HTTP/1.1 400 Bad Request');
      expect(await lines(path, 'a')).not.toBe('HTTP/1.1 400 Bad Request');
    }
    await bench.close();
  });

  it('createService creates UUID keys if the option says so', async () => {
    const bench = await startServiceFixture({ keyFormat: 'uuid' });
    const oid = await newOrganization(bench);
    const { text } = await newKey(bench, oid);
    const { body } = await bench.http
      .post(`/v1/orgs/${oid}/keys`)
      .set('x-api-key', text)
      .type('form')
      .send({ key_name: 'x' });
    expect(body.api_key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(body.api_key).not.toContain(body.key_hash);
    await bench.close();
  });

  it('createService leaves out routes whose permission is not in the catalogue', async () => {
    const bench = await startServiceFixture({ catalogue: limeCatalogue });
    const oid = await newOrganization(bench);
    const { text } = await newKey(bench, oid, { permissions: ['deal.read'] });
    await bench.http.get('/v1/who').set('x-api-key', text).expect(200);
    expectDenied(await bench.http.get(`/v1/orgs/${oid}/keys`).set('x-api-key', text), 404, 'ERR_NOT_FOUND');
    await bench.close();
  });

  it('createService gives a user no additional calls for keys that the user creates', async () => {
    const bench = await startServiceFixture({ rateLimit: { limit: 3 } });
    const oid = await newOrganization(bench);
    const { text } = await newUser(bench, [oid]);
    const { body } = await bench.http.post('/v1/user/keys').set('x-api-key', text).type('form').send({ key_name: 'x' });
    const statuses = [];
    for (const key of [text, body.api_key, text, body.api_key]) {
      statuses.push((await bench.http.get('/v1/who').set('x-api-key', key)).status);
    }
    expect(statuses).toEqual([200, 200, 429, 429]);
    await bench.close();
  });

  it('createService limits calls and answers 403 if the options say so, and tells the client the limit', async () => {
    const bench = await startServiceFixture({
      rateLimit: { limit: 2, windowSeconds: 60 },
      gate: { missingPermissionStatus: 403 },
    });
    const oid = await newOrganization(bench);
    const { text } = await newKey(bench, oid, { permissions: [] });
    expectDenied(await bench.http.get(`/v1/orgs/${oid}/keys`).set('x-api-key', text), 403, 'ERR_PERMISSION_MISSING');
    await bench.http.get('/v1/who').set('x-api-key', text).expect(200);
    const limited = await bench.http.get('/v1/who').set('x-api-key', text);
    expectDenied(limited, 429, 'ERR_RATE_LIMITED');
    expect(limited.headers).toMatchObject({ 'x-ratelimit-quota': '2', 'x-ratelimit-period': '60' });
    await bench.close();
  });
});
