import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  claimsOf,
  expectDenied,
  newKey,
  newOrganization,
  newUser,
  type ServiceFixture,
  startServiceFixture,
} from '../support.js';

let bench: ServiceFixture;
let oid: string;
let text: string;
let consoleFolder: string;

beforeAll(async () => {
  consoleFolder = mkdtempSync(join(tmpdir(), 'flairgate-console-'));
  writeFileSync(join(consoleFolder, 'index.html'), '<!doctype html>');
  bench = await startServiceFixture({ exchangeAtRoot: true, allowGetExchange: true, consoleFolder });
  oid = await newOrganization(bench);
  ({ text } = await newKey(bench, oid));
});

afterAll(async () => {
  await bench.close();
  rmSync(consoleFolder, { recursive: true });
});

describe('the exchange at the root', () => {
  it('the exchange at the root answers a POST like the one at /jwt', async () => {
    const sent = { oid, secret: text };
    const [atRoot, atJwt] = [
      await bench.http.post('/').type('form').send(sent).expect(200),
      await bench.http.post('/jwt').type('form').send(sent).expect(200),
    ];
    expect(Object.keys(atRoot.body)).toEqual(['jwt']);
    expect(atRoot.headers['cache-control']).toBe('no-store');
    expect(claimsOf(atRoot.body.jwt).oid).toEqual(claimsOf(atJwt.body.jwt).oid);
    expectDenied(await bench.http.post('/').type('form').send({ oid, secret: 'unknown' }), 401, 'ERR_KEY_INVALID');
  });

  it('the exchange at the root takes uid and secret of a user', async () => {
    const { uid, text: secret } = await newUser(bench, [oid]);
    const { body } = await bench.http.post('/').type('form').send({ uid, secret, oid: '-' }).expect(200);
    expect(claimsOf(body.jwt)).toMatchObject({ uid, oid: {} });
  });

  it('the exchange at the root takes a query with a secret where secrets in queries are allowed', async () => {
    const { body } = await bench.http.get('/').query({ oid, secret: text }).expect(200);
    expect(claimsOf(body.jwt).oid).toEqual([oid]);
    await bench.http.head('/').query({ oid, secret: text }).expect(405);
  });

  it('the exchange at the root refuses any other query, and redirects none', async () => {
    const response = await bench.http.get('/').query({ oid }).redirects(0);
    expectDenied(response, 400, 'ERR_VALIDATION');
    expect(response.headers.location).toBeUndefined();
  });

  it('the exchange at the root leads a request without a query to the console', async () => {
    const response = await bench.http.get('/').redirects(0).expect(302);
    expect(new URL(response.headers.location ?? '', `${bench.url}/`).pathname).toBe('/console/');
    expect(new URL(response.headers.location ?? '', 'https://host.example/auth/').pathname).toBe('/auth/console/');
  });

  it('the exchange at the root answers 405 to other methods', async () => {
    expectDenied(await bench.http.delete('/').send(), 405, 'ERR_METHOD');
  });
});

describe('where secrets in queries are not allowed', () => {
  it('a query with a secret at the root is refused before anything is looked up', async () => {
    const closed = await startServiceFixture({ exchangeAtRoot: true });
    const home = await newOrganization(closed);
    const key = await newKey(closed, home);
    const response = await closed.http.get('/').query({ oid: home, secret: key.text }).redirects(0);
    expectDenied(response, 400, 'ERR_VALIDATION');
    expect(response.text).not.toContain(key.text);
    await closed.http.get('/').expect(404);
    await closed.close();
  });
});

describe('without exchangeAtRoot', () => {
  it('the root belongs to what is mounted behind, without exchangeAtRoot', async () => {
    const plain = await startServiceFixture();
    await plain.http.post('/').type('form').send({ oid, secret: text }).expect(404);
    await plain.http.get('/').query({ secret: text }).expect(404);
    await plain.close();
  });
});
