import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  expectDenied,
  expectShape,
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

async function begin(options: Parameters<typeof startServiceFixture>[0] = {}): Promise<void> {
  bench = await startServiceFixture(options);
  oid = await newOrganization(bench);
  manager = await newKey(bench, oid);
  path = `/v1/insight/${oid}/ingestion_keys`;
}

beforeEach(() => begin());
afterEach(() => bench.close());

const create = (name: string) => bench.http.post(path).set('x-api-key', manager.text).type('form').send({ name });
const listed = async () => (await bench.http.get(path).set('x-api-key', manager.text).expect(200)).body.keys;

describe('ingestion keys', () => {
  it('ingestion keys are made, listed masked under their names, and revoked by name in the query', async () => {
    const { body } = await create('edge').expect(200);
    expectShape(bench, 'POST', '/v1/insight/:oid/ingestion_keys', body);
    expect(body.name).toBe('edge');
    const keys = await listed();
    expect(Object.keys(keys)).toEqual(['edge']);
    expect(keys.edge).not.toContain(body.key.slice(4, -4));
    const revoked = await bench.http
      .delete(path)
      .query({ name: 'edge' })
      .set('x-api-key', manager.text)
      .type('form')
      .send('');
    expect(revoked.status).toBe(200);
    expectShape(bench, 'DELETE', '/v1/insight/:oid/ingestion_keys', revoked.body);
    expect(await listed()).toEqual({});
    const again = await bench.http.delete(path).query({ name: 'edge' }).set('x-api-key', manager.text);
    expectDenied(again, 404, 'ERR_NOT_FOUND');
  });

  it('ingestion keys may have any name, those of object members too', async () => {
    await create('__proto__').expect(200);
    await create('constructor').expect(200);
    const response = await bench.http.get(path).set('x-api-key', manager.text).expect(200);
    expect(Object.keys(response.body.keys).sort()).toEqual(['__proto__', 'constructor']);
  });

  it('ingestion keys are no credential on any route of the table, and cannot be exchanged', async () => {
    const { key } = (await create('edge')).body;
    const protectedRoutes = bench.service.routes.filter(
      ({ needs }) => needs.kind !== 'nothing' && needs.kind !== 'secret',
    );
    expect(protectedRoutes.length).toBeGreaterThan(5);
    for (const { method, path: pattern } of protectedRoutes) {
      const url = pattern.replace(':oid', oid);
      const request = {
        GET: bench.http.get,
        POST: bench.http.post,
        DELETE: bench.http.delete,
        PUT: bench.http.put,
        PATCH: bench.http.patch,
      }[method];
      const response = await request.call(bench.http, url).set('x-api-key', key);
      if (!url.startsWith('/oauth/')) expectDenied(response, 401, 'ERR_KEY_INVALID');
      else expect([response.status, response.body.error]).toEqual([401, 'invalid_client']);
    }
    expectDenied(await bench.http.post('/jwt').type('form').send({ oid, secret: key }), 401, 'ERR_KEY_INVALID');
  });

  it('ingestion keys are unique by name among live ones', async () => {
    await create('edge').expect(200);
    expectDenied(await create('edge'), 409, 'ERR_NAME_TAKEN');
    await bench.http.delete(path).set('x-api-key', manager.text).type('form').send({ name: 'edge' }).expect(200);
    await create('edge').expect(200);
  });

  it('ingestion keys need ingestkey.ctrl', async () => {
    const weak = await newKey(bench, oid, { name: 'weak', permissions: ['apikey.ctrl'] });
    const response = await bench.http.get(path).set('x-api-key', weak.text);
    expectDenied(response, 401, 'ERR_PERMISSION_MISSING');
    expect(response.body.missing).toEqual(['ingestkey.ctrl']);
  });

  it('ingestion keys are listed whole only by a service that keeps them readable', async () => {
    await bench.close();
    await begin({ readableIngestionKeys: true });
    const { body } = await create('edge').expect(200);
    expect(await listed()).toEqual({ edge: body.key });
    const masking = await startServiceFixture({ store: bench.administration.store });
    const response = await masking.http.get(path).set('x-api-key', manager.text).expect(200);
    expect(response.text).not.toContain(body.key);
    await masking.service.close();
  });
});
