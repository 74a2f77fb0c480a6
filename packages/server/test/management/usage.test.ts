import { memoryStore } from '@flairgate/core';
import type { Store } from '@flairgate/core/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  expectDenied,
  expectShape,
  type NewKey,
  newKey,
  newOrganization,
  newUser,
  type ServiceFixture,
  startServiceFixture,
} from '../support.js';

describe('usage over HTTP', () => {
  let store: Store;
  let bench: ServiceFixture;
  let oid: string;
  let keys: Record<'auditor' | 'worker' | 'part' | 'ofPart', NewKey>;

  const read = (key: string, query = '') => bench.http.get(`/v1/orgs/${oid}/usage${query}`).set('x-api-key', key);
  const today = new Date().toISOString().slice(0, 10);

  beforeAll(async () => {
    store = await memoryStore();
    bench = await startServiceFixture({ store, rateLimit: { limit: 12 } });
    oid = await newOrganization(bench);
    const auditor = await newKey(bench, oid, { name: 'auditor', permissions: ['audit.get'] });
    const worker = await newKey(bench, oid, { name: 'worker', permissions: ['apikey.ctrl', 'org.get'] });
    const part = await newKey(bench, oid, { name: 'part[segment]', permissions: ['audit.get', 'apikey.ctrl'] });
    const made = await bench.http
      .post(`/v1/orgs/${oid}/keys`)
      .set('x-api-key', part.text)
      .send({ key_name: 'sub[segment]' });
    keys = { auditor, worker, part, ofPart: { text: made.body.api_key, keyId: made.body.key_hash } };
    for (let n = 0; n < 5; n++) await bench.http.get(`/v1/orgs/${oid}/keys`).set('x-api-key', worker.text).expect(200);
    for (let n = 0; n < 3; n++) await bench.http.get(`/v1/orgs/${oid}`).set('x-api-key', worker.text).expect(200);
    for (let n = 0; n < 2; n++) await bench.http.get(`/v1/orgs/${oid}/audit`).set('x-api-key', worker.text).expect(401);
    for (let n = 0; n < 2; n++) await bench.http.get('/v1/who').set('x-api-key', worker.text).expect(200);
    for (let n = 0; n < 4; n++) await bench.http.get('/v1/who').set('x-api-key', worker.text).expect(429);
    await bench.http.get('/v1/who').set('x-api-key', keys.ofPart.text).expect(200);
    // Closing writes what was counted.
    await bench.service.close();
    bench = await startServiceFixture({ store });
  });
  afterAll(() => bench.close());

  it('usage after a counted load is exact, has the shape of the contract, and names the permissions', async () => {
    const { body } = await read(keys.auditor.text, `?key_hash=${keys.worker.keyId}`).expect(200);
    expectShape(bench, 'GET', '/v1/orgs/:oid/usage', body);
    expect(body).toEqual({
      usage: [
        {
          key_hash: keys.worker.keyId,
          ident: 'worker',
          day: today,
          calls: 16,
          denials: 2,
          limited: 4,
          permissions: { 'apikey.ctrl': 5, 'org.get': 3 },
        },
      ],
    });
  });

  it('usage is returned in pages, and by days', async () => {
    const first = await read(keys.auditor.text, '?limit=1').expect(200);
    expect(first.body.usage).toHaveLength(1);
    const rest = await read(keys.auditor.text, `?limit=9&cursor=${encodeURIComponent(first.body.next_cursor)}`).expect(
      200,
    );
    const ids = [...first.body.usage, ...rest.body.usage].map(({ key_hash: id }: { key_hash: string }) => id);
    expect(new Set(ids)).toEqual(new Set([keys.worker.keyId, keys.part.keyId, keys.ofPart.keyId]));
    const past = await read(keys.auditor.text, '?from=2026-01-01&to=2026-01-31').expect(200);
    expect(past.body).toEqual({ usage: [] });
    for (const query of [
      '?from=yesterday',
      '?to=2026-02-30',
      '?from=2026-03-01&to=2026-01-01',
      '?from=2020-01-01',
      '?limit=0',
    ]) {
      expectDenied(await read(keys.auditor.text, query), 400, 'ERR_VALIDATION');
    }
  });

  it('to a segmented caller, usage is that of itself and of the keys it created', async () => {
    const { body } = await read(keys.part.text).expect(200);
    const ids = body.usage.map(({ key_hash: id }: { key_hash: string }) => id);
    expect(new Set(ids)).toEqual(new Set([keys.part.keyId, keys.ofPart.keyId]));
    const other = await read(keys.part.text, `?key_hash=${keys.worker.keyId}`).expect(200);
    const none = await read(keys.part.text, '?key_hash=nowhere').expect(200);
    expect(other.text).toBe(none.text);
  });

  it('usage needs audit.get, in the organization', async () => {
    expectDenied(await read(keys.worker.text), 401, 'ERR_PERMISSION_MISSING');
    const elsewhere = await newOrganization(bench, 'elsewhere');
    const foreign = await newKey(bench, elsewhere, { name: 'foreign', permissions: ['audit.get'] });
    expectDenied(await read(foreign.text), 401, 'ERR_PERMISSION_MISSING');
  });
});

describe('usage of a key with several organizations', () => {
  it('usage of a call with several organizations counts where its permission was decided', async () => {
    const store = await memoryStore();
    const first = await startServiceFixture({ store });
    const oids = [await newOrganization(first, 'one'), await newOrganization(first, 'two')];
    const user = await newUser(first, oids, { permissions: ['org.get', 'audit.get'] });
    const [one = '', two = ''] = oids;
    for (const oid of [one, one, two]) await first.http.get(`/v1/orgs/${oid}`).set('x-api-key', user.text).expect(200);
    await first.http.get(`/v1/orgs/${two}/keys`).set('x-api-key', user.text).expect(401);
    await first.service.close();
    const second = await startServiceFixture({ store });
    const usageIn = async (oid: string) =>
      (await second.http.get(`/v1/orgs/${oid}/usage`).set('x-api-key', user.text).expect(200)).body.usage;
    expect(await usageIn(one)).toMatchObject([{ calls: 2, denials: 0, permissions: { 'org.get': 2 } }]);
    expect(await usageIn(two)).toMatchObject([{ calls: 2, denials: 1, permissions: { 'org.get': 1 } }]);
    await second.close();
  });

  it('usage is not counted with the option off', async () => {
    const store = await memoryStore();
    const first = await startServiceFixture({ store, gate: { usage: false } });
    const oid = await newOrganization(first);
    const { text } = await newKey(first, oid, { permissions: ['org.get'] });
    await first.http.get(`/v1/orgs/${oid}`).set('x-api-key', text).expect(200);
    await first.service.close();
    expect(await store.read((tx) => tx.find('usage', {}))).toEqual([]);
  });
});
