import { createHash, createPublicKey } from 'node:crypto';
import { defaultCatalogue } from '@flairgate/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  expectDenied,
  expectShape,
  issuer,
  newKey,
  newOrganization,
  type ServiceFixture,
  startServiceFixture,
  tokenFor,
} from '../support.js';

let bench: ServiceFixture;

beforeEach(async () => {
  bench = await startServiceFixture();
});

afterEach(() => bench.close());

describe('/.well-known/jwks.json', () => {
  it('/.well-known/jwks.json publishes the key that signs, and no private member of any key', async () => {
    const oid = await newOrganization(bench);
    const { text } = await newKey(bench, oid);
    const jwt = await tokenFor(bench, { oid, secret: text });
    const { kid } = JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString());
    const response = await bench.http.get('/.well-known/jwks.json').expect(200);
    const body = JSON.parse(response.text ?? response.body.toString());
    expectShape(bench, 'GET', '/.well-known/jwks.json', body);
    expect(response.headers['content-type']).toBe('application/jwk-set+json');
    expect(body.keys.map((key: { kid: string }) => key.kid)).toContain(kid);
    for (const key of body.keys) {
      expect(['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth'].filter((member) => member in key)).toEqual([]);
      expect(createPublicKey({ key, format: 'jwk' }).asymmetricKeyType).toBe('ec');
    }
  });

  it('/.well-known/jwks.json may be cached for minutes, and answers an unchanged ETag with 304', async () => {
    const first = await bench.http.get('/.well-known/jwks.json').expect(200);
    expect(first.headers['cache-control']).toBe('public, max-age=300');
    const etag = first.headers.etag ?? '';
    const again = await bench.http.get('/.well-known/jwks.json').set('If-None-Match', etag).expect(304);
    expect(again.headers.etag).toBe(etag);
    await bench.http.get('/.well-known/jwks.json').set('If-None-Match', '"other"').expect(200);
  });
});

describe('/.well-known/oauth-authorization-server', () => {
  it('/.well-known/oauth-authorization-server names the configured issuer, whatever host a request says it came to', async () => {
    const response = await bench.http
      .get('/.well-known/oauth-authorization-server')
      .set('Host', 'evil.example')
      .set('X-Forwarded-Host', 'evil.example')
      .set('X-Forwarded-Proto', 'gopher')
      .set('Forwarded', 'host=evil.example')
      .expect(200);
    expectShape(bench, 'GET', '/.well-known/oauth-authorization-server', response.body);
    expect(response.body).toMatchObject({ issuer, jwks_uri: `${issuer}/.well-known/jwks.json` });
    expect(response.text).not.toContain('evil');
  });
});

describe('/.well-known/flairgate-catalogue/:digest', () => {
  it('/.well-known/flairgate-catalogue/:digest gives the ordered list that the digest is of, for ever', async () => {
    const { digest } = defaultCatalogue;
    const response = await bench.http.get(`/.well-known/flairgate-catalogue/${digest}`).expect(200);
    expectShape(bench, 'GET', '/.well-known/flairgate-catalogue/:digest', response.body);
    expect(response.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    const hash = createHash('sha256').update(response.body.permissions.join('\n')).digest();
    expect(hash.subarray(0, 16).toString('base64url')).toBe(digest);
    expect(response.body.digest).toBe(digest);
  });

  it('/.well-known/flairgate-catalogue/:digest finds earlier lists that the store keeps, and no others', async () => {
    const digest = 'AAAAAAAAAAAAAAAAAAAAAA';
    const missing = await bench.http.get(`/.well-known/flairgate-catalogue/${digest}`);
    expectDenied(missing, 404, 'ERR_NOT_FOUND');
    const entries = [{ name: 'old.list', description: 'old', privileged: false }];
    await bench.administration.store.write((tx) => tx.insert('catalogue', { digest, entries }));
    const { body } = await bench.http.get(`/.well-known/flairgate-catalogue/${digest}`).expect(200);
    expect(body).toEqual({ digest, permissions: ['old.list'] });
    expectDenied(await bench.http.get('/.well-known/flairgate-catalogue/short'), 404, 'ERR_NOT_FOUND');
  });
});
