import { gzipSync } from 'node:zlib';
import { serviceApp } from '@flairgate/server';
import express from 'express';
import supertest from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  claimsOf,
  expectDenied,
  type NewKey,
  newKey,
  newOrganization,
  type ServiceFixture,
  startServiceFixture,
} from '../support.js';

let bench: ServiceFixture;
let oid: string;
let manager: NewKey;
let path: string;

beforeEach(async () => {
  bench = await startServiceFixture();
  oid = await newOrganization(bench);
  manager = await newKey(bench, oid);
  path = `/v1/orgs/${oid}/keys`;
});

afterEach(() => bench.close());

const post = (type: string) => bench.http.post(path).set('x-api-key', manager.text).set('Content-Type', type);
/** Sends the bytes as they are, in chunks of unknown number where they come as a stream. */
const raw = async (headers: Record<string, string>, body: BodyInit) => {
  const init = { method: 'POST', headers: { 'x-api-key': manager.text, ...headers }, body, duplex: 'half' as const };
  const response = await fetch(`${bench.url}${path}`, init);
  return { status: response.status, body: await response.json() };
};
const count = async () => Object.keys((await bench.http.get(path).set('x-api-key', manager.text)).body.api_keys).length;

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

describe('a body', () => {
  it.each([JSON_TYPE, FORM_TYPE, 'text/plain', 'multipart/form-data; boundary=x', 'nonsense'])(
    'a body that is empty is none, though it says %s',
    async (type) => {
      await post(type).query({ key_name: 'from the query' }).send('').expect(200);
      await bench.http
        .get('/v1/who')
        .set('x-api-key', manager.text)
        .set('Content-Type', type)
        .set('Content-Length', '0')
        .expect(200);
    },
  );

  it.each([
    ['text/plain', '{"key_name":"x"}'],
    ['application/xml', '<key_name>x</key_name>'],
    ['multipart/form-data; boundary=x', '--x--'],
    ['application/problem+json', '{"key_name":"x"}'],
    ['application/json; charset=utf-16', '{"key_name":"x"}'],
    ['application/x-www-form-urlencoded; charset=iso-8859-1', 'key_name=x'],
    ['', 'key_name=x'],
  ])('a body of type %s is refused', async (type, body) => {
    expectDenied(await post(type).send(Buffer.from(body)), 415, 'ERR_CONTENT_TYPE');
    expect(await count()).toBe(1);
  });

  it.each([JSON_TYPE, `${JSON_TYPE}; charset=utf-8`, 'Application/JSON;charset="UTF-8"'])(
    'a body of type %s is read',
    async (type) => {
      await post(type).send('{"key_name":"x"}').expect(200);
    },
  );

  it.each([
    ['cut off', '{"key_name":"x"'],
    ['a list', '["key_name"]'],
    ['a text', '"key_name"'],
    ['null', 'null'],
    ['with one member twice', '{"key_name":"x","key_name":"y"}'],
    ['with one member twice, spelt differently', '{"key_name":"x","key\\u005fname":"y"}'],
    ['with a byte-order mark', '\ufeff{"key_name":"x"}'],
    ['nested too deep', `{"key_name":"x","a":${'['.repeat(32)}${']'.repeat(32)}}`],
    ['nested far too deep', `{"key_name":"x","a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`],
  ])('a body of JSON that is %s is refused, and nothing is stored', async (_name, body) => {
    const response = await post(JSON_TYPE).send(body);
    expectDenied(response, 400, 'ERR_VALIDATION');
    expect(response.text).not.toContain('key_name');
    expect(await count()).toBe(1);
  });

  it('a body of JSON that is no UTF-8 is refused, and nothing is stored', async () => {
    const bytes = Buffer.from('{"key_name":"\xff"}', 'latin1');
    expect(await raw({ 'content-type': JSON_TYPE }, bytes)).toMatchObject({
      status: 400,
      body: { code: 'ERR_VALIDATION' },
    });
    expect(await count()).toBe(1);
  });

  it('a body past 64 KiB is refused, with and without its length, and nothing is stored', async () => {
    const big = JSON.stringify({ key_name: 'x', description: 'y'.repeat(64 * 1024) });
    const response = await post(JSON_TYPE).send(big);
    expectDenied(response, 413, 'ERR_BODY_TOO_LARGE');
    expect(response.body).toMatchObject({ limit: 65_536, detail: expect.stringContaining('65536') });
    const chunked = await raw({ 'content-type': JSON_TYPE }, new Blob([big]).stream());
    expect(chunked).toMatchObject({ status: 413, body: { code: 'ERR_BODY_TOO_LARGE' } });
    expectDenied(await post(FORM_TYPE).send(`key_name=${'x'.repeat(70_000)}`), 413, 'ERR_BODY_TOO_LARGE');
    expect(await count()).toBe(1);
  });

  it('a body of exactly 64 KiB is read', async () => {
    const rest = 64 * 1024 - '{"key_name":"x"}'.length;
    await post(JSON_TYPE)
      .send(`{"key_name":"x"${' '.repeat(rest)}}`)
      .expect(200);
  });

  it('a body that is compressed is refused, whatever it unpacks to', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000, 0x20));
    expect(bomb.length).toBeLessThan(65_536);
    for (const packed of [bomb, gzipSync('{"key_name":"x"}')]) {
      const response = await raw({ 'content-type': JSON_TYPE, 'content-encoding': 'gzip' }, packed);
      expect(response).toMatchObject({ status: 415, body: { code: 'ERR_CONTENT_TYPE' } });
    }
    expect(await count()).toBe(1);
  });

  it('a body with very many fields or members is refused or read quickly', async () => {
    const fields = Array.from({ length: 1001 }, (_, n) => `f${n}=`).join('&');
    expectDenied(await post(FORM_TYPE).send(fields), 413, 'ERR_BODY_TOO_LARGE');
    expectDenied(await post(FORM_TYPE).query(fields).send('key_name=x'), 413, 'ERR_BODY_TOO_LARGE');
    const integers = `{${Array.from({ length: 5000 }, (_, n) => `"${n * 7919}":1`).join(',')}}`;
    const from = process.cpuUsage();
    expectDenied(await post(JSON_TYPE).send(integers), 400, 'ERR_VALIDATION');
    // Time of the processor, in microseconds: a busy machine does not count.
    expect(process.cpuUsage(from).user).toBeLessThan(1_000_000);
  });
});

describe('a field', () => {
  it.each([
    ['twice in a form', (r: ReturnType<typeof post>) => r.send('key_name=x&key_name=y')],
    ['twice in the query', (r: ReturnType<typeof post>) => r.query('key_name=x&key_name=y').send('')],
    ['in query and body', (r: ReturnType<typeof post>) => r.query('key_name=x').send('key_name=x')],
  ])('a field sent %s is refused', async (_name, send) => {
    const response = await send(post(FORM_TYPE));
    expectDenied(response, 400, 'ERR_VALIDATION');
    expect(response.body.issues[0].message).toBe('must be sent once');
    expect(await count()).toBe(1);
  });

  it('a field that is a list may come in query and body, and as often as wanted', async () => {
    const { body } = await post(FORM_TYPE).query('perms=dr.list').send('key_name=x&perms=dr.set&perms=org.get,dr.list');
    const keys = (await bench.http.get(path).set('x-api-key', manager.text)).body.api_keys;
    expect(keys[body.key_hash].priv).toEqual(['dr.list', 'dr.set', 'org.get']);
  });

  it('a field that no route asks for is refused when a key is created', async () => {
    expectDenied(await post(FORM_TYPE).send('key_name=x&created_by=root'), 400, 'ERR_VALIDATION');
    expect(await count()).toBe(1);
  });

  it('a field named like a member of every object changes nothing for any caller', async () => {
    const sent = '{"key_name":"x","__proto__":{"perms":["user.ctrl"],"polluted":1}}';
    expectDenied(await post(JSON_TYPE).send(sent), 400, 'ERR_VALIDATION');
    for (const name of ['__proto__[polluted]', '__proto__', 'constructor', 'toString']) {
      expectDenied(await post(FORM_TYPE).send(`key_name=y&${name}=1`), 400, 'ERR_VALIDATION');
    }
    expect({}).not.toHaveProperty('polluted');
    const keys = (await bench.http.get(path).set('x-api-key', manager.text)).body.api_keys;
    const grants = Object.values<{ name: string; grants: string[] }>(keys).filter(({ name }) => name !== 'manager');
    expect(grants.map((entry) => entry.grants)).toEqual([]);
  });

  it('a field with a word in brackets is another field, not a nested one', async () => {
    await post(FORM_TYPE).send('key_name[]=x').expect(200);
    expectDenied(await post(FORM_TYPE).send('key_name[a]=x'), 400, 'ERR_VALIDATION');
  });
});

describe('behind the body parsers of a host', () => {
  it('fields behind the body parsers of a host are the same, an empty list included', async () => {
    const app = express();
    app.use(express.json(), express.urlencoded({ extended: true }), serviceApp(bench.service));
    const host = supertest(app);
    const form = await host.post('/jwt').type('form').send({ oid, secret: manager.text }).expect(200);
    expect(claimsOf(form.body.jwt).perms).toContain('dr.list');
    const narrowed = await host.post('/jwt').send({ oid, secret: manager.text, perms: [] }).expect(200);
    expect(claimsOf(narrowed.body.jwt).perms).toEqual([]);
    const repeated = `oid=${oid}&secret=${manager.text}&perms=dr.list&perms=dr.set`;
    const listed = await host.post('/jwt').type('form').send(repeated).expect(200);
    expect(claimsOf(listed.body.jwt).perms).toEqual(['dr.list', 'dr.set']);
    const twice = await host.post('/jwt').type('form').send(`secret=x&oid=${oid}&secret=${manager.text}`);
    expectDenied(twice, 400, 'ERR_VALIDATION');
  });
});
