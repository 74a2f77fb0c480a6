import { memoryStore, UnavailableError } from '@flairgate/core';
import type { Store } from '@flairgate/core/store';
import { afterEach, describe, expect, it } from 'vitest';
import {
  expectDenied,
  expectShape,
  newKey,
  newOrganization,
  type ServiceFixture,
  startServiceFixture,
} from '../support.js';

let bench: ServiceFixture;

afterEach(() => bench.close());

/** A store that can be cut off, as a database behind a network can. */
async function cuttableStore(): Promise<{ readonly store: Store; cut(): void }> {
  const store = await memoryStore();
  let isCut = false;
  const guard = <A extends unknown[], R>(work: (...args: A) => Promise<R>) => {
    return (...args: A) => (isCut ? Promise.reject(new UnavailableError('store', new Error('cut'))) : work(...args));
  };
  const cuttable: Store = {
    ...store,
    read: (work) => guard(() => store.read(work))(),
    write: (work) => guard(() => store.write(work))(),
  };
  return {
    store: cuttable,
    cut: () => {
      isCut = true;
    },
  };
}

describe('/healthz and /readyz', () => {
  it('/healthz and /readyz say that the process lives and can judge requests', async () => {
    bench = await startServiceFixture();
    await newOrganization(bench);
    await bench.http.get('/healthz').expect(200, { status: 'ok' });
    const { body } = await bench.http.get('/readyz').expect(200);
    expectShape(bench, 'GET', '/readyz', body);
    expect(body.revision).toBeGreaterThan(0);
  });

  it('/healthz and /readyz tell a dead store from a dead process; no credential is judged meanwhile, and none is called wrong', async () => {
    const { store, cut } = await cuttableStore();
    bench = await startServiceFixture({ store });
    const oid = await newOrganization(bench);
    const { text } = await newKey(bench, oid);
    cut();
    await bench.http.get('/healthz').expect(200);
    for (const request of [
      bench.http.get('/readyz'),
      bench.http.get('/v1/who').set('x-api-key', text),
      bench.http.post('/jwt').type('form').send({ oid, secret: text }),
      bench.http.post('/user_key_info').type('form').send({ uid: oid, secret: text }),
    ]) {
      const response = await request;
      expectDenied(response, 503, 'ERR_STORE_UNAVAILABLE');
      expect(response.headers['retry-after']).toBe('1');
    }
  });
});
