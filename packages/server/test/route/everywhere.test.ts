import { afterEach, describe, expect, it } from 'vitest';
import { expectDenied, newKey, newOrganization, type ServiceFixture, startServiceFixture } from '../support.js';

let bench: ServiceFixture;
afterEach(() => bench.close());

const seconds = () => Date.now() / 1000;

/** A service with this bound, and one who manages keys there. */
async function open(maxStalenessSeconds?: number) {
  bench = await startServiceFixture(maxStalenessSeconds === undefined ? {} : { gate: { maxStalenessSeconds } });
  const oid = await newOrganization(bench);
  const { text } = await newKey(bench, oid);
  const path = `/v1/orgs/${oid}/keys`;
  const ask = (method: 'post' | 'delete', to: string, fields: object = {}) =>
    bench.http[method](to).set('x-api-key', text).type('form').send(fields);
  const make = async (key_name: string): Promise<string> =>
    (await ask('post', path, { key_name, perms: 'dr.list' })).body.key_hash;
  return { oid, path, ask, make };
}

describe('an answer to a command that ends or changes something', () => {
  it('an answer to a change says when it counts in every process: a whole bound after the commit, 30 seconds unless set', async () => {
    const { path, ask, make } = await open();
    const key_hash = await make('vendor');
    for (const change of ['rotate', 'disable', 'enable']) {
      const before = seconds();
      const { status, body } = await ask('post', `${path}/${key_hash}/${change}`);
      expect([change, status]).toEqual([change, 200]);
      expect(body.everywhereBy).toBeGreaterThanOrEqual(before + 30);
      expect(body.everywhereBy).toBeLessThan(seconds() + 31);
    }
    expect((await ask('delete', path, { key_hash })).body).toEqual({ success: true, everywhereBy: expect.any(Number) });
  });

  it('an answer says nothing of propagation if something is only created, read or refused', async () => {
    const { path, ask } = await open();
    const made = await ask('post', path, { key_name: 'ci', perms: 'dr.list' });
    expect(made.body).toEqual({ api_key: expect.any(String), key_hash: expect.any(String) });
    expect((await ask('delete', path, { key_hash: 'none' })).body).not.toHaveProperty('everywhereBy');
  });

  it('an answer to a change comes when it counts everywhere, if the request asks to wait', async () => {
    const { path, ask, make } = await open(1);
    const [first, second] = [await make('first'), await make('second')];
    const waited = await ask('delete', `${path}?wait=true`, { key_hash: first });
    expect(waited.status).toBe(200);
    expect(seconds()).toBeGreaterThanOrEqual(waited.body.everywhereBy);
    const { body } = await ask('delete', `${path}?wait=false`, { key_hash: second });
    expect(seconds()).toBeLessThan(body.everywhereBy);
  });

  it('a change with an unknown value of wait is refused, and does nothing', async () => {
    const { path, ask, make } = await open();
    const key_hash = await make('vendor');
    expectDenied(await ask('delete', `${path}?wait=long`, { key_hash }), 400, 'ERR_VALIDATION');
    expect((await ask('delete', path, { key_hash })).status).toBe(200);
  });

  it('an answer to a change is no success when the service stops first, and says what was made and when it counts', async () => {
    const { path, ask, make } = await open(300);
    const [revoked, rotated] = [await make('vendor'), await make('rotated')];
    const { revision } = bench.service.gate.authenticator;
    const { applied } = revision;
    const held = [
      ask('delete', `${path}?wait=true`, { key_hash: revoked }).then((answer) => answer),
      ask('post', `${path}/${rotated}/rotate?wait=true`).then((answer) => answer),
    ];
    while (revision.applied < applied + held.length) await new Promise(setImmediate);
    bench.service.context.everywhere.stop();
    for (const answer of [
      ...(await Promise.all(held)),
      await ask('delete', `${path}?wait=true`, { key_hash: rotated }),
    ]) {
      expectDenied(answer, 503, 'ERR_STORE_UNAVAILABLE');
      expect(answer.body.everywhereBy).toBeGreaterThan(seconds() + 200);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      expect(answer.body.detail).toMatch(/^the change is made, but the service stops; /);
    }
    expect((await held[1])?.body.api_key).toEqual(expect.any(String));
  });

  it('an answer to a change is no success either if too many requests wait', async () => {
    const { path, ask, make } = await open(300);
    const key_hash = await make('vendor');
    const { everywhere } = bench.service.context;
    for (let at = 0; at < 10_000; at++) void everywhere.until(seconds() + 300);
    const answer = await ask('delete', `${path}?wait=true`, { key_hash });
    expectDenied(answer, 503, 'ERR_STORE_UNAVAILABLE');
    expect(answer.body.everywhereBy).toBeGreaterThan(seconds() + 200);
    expect(answer.body.detail).toMatch(/^the change is made, but too many answers wait; /);
    everywhere.stop();
  });

  it('the wait for propagation is described at every command that changes something and nowhere else', async () => {
    await open();
    const { paths } = (await bench.http.get('/openapi.json')).body;
    const managed = Object.entries<Record<string, object>>(paths).filter(
      ([path]) => path.startsWith('/v1/') && path !== '/v1/changes',
    );
    expect(managed.length).toBeGreaterThan(20);
    for (const [path, methods] of managed) {
      for (const [method, operation] of Object.entries(methods)) {
        const text = JSON.stringify(operation);
        const replaces = path.endsWith('/rotate') || path.endsWith('/key');
        const changes = method !== 'get' && (replaces || !text.includes('Idempotency-Key'));
        const says = [text.includes('"everywhereBy"'), text.includes('"wait"')];
        expect([method, path, ...says]).toEqual([method, path, changes, changes]);
      }
    }
  });
});
