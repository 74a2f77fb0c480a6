import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  expectDenied,
  expectShape,
  type NewKey,
  newKey,
  newOrganization,
  type ServiceFixture,
  startServiceFixture,
  tokenFor,
} from '../support.js';

let bench: ServiceFixture;
let oid: string;
let manager: NewKey;
let path: string;
let made: { readonly key_hash: string; readonly api_key: string };

beforeEach(async () => {
  bench = await startServiceFixture();
  oid = await newOrganization(bench);
  manager = await newKey(bench, oid);
  path = `/v1/orgs/${oid}/keys`;
  const fields = { key_name: 'ci', perms: 'dr.list,dr.set', allowed_ip_range: '127.0.0.0/8' };
  made = (await bench.http.post(path).set('x-api-key', manager.text).type('form').send(fields).expect(200)).body;
});

afterEach(() => bench.close());

const etagNow = async (): Promise<string> =>
  (await bench.http.get(path).set('x-api-key', manager.text).expect(200)).body.api_keys[made.key_hash].etag;

const patch = (fields: object, etag?: string, type = 'form') => {
  const call = bench.http.patch(`${path}/${made.key_hash}`).set('x-api-key', manager.text).type(type);
  return (etag === undefined ? call : call.set('If-Match', etag)).send(fields);
};

describe('PATCH …/keys/:key_hash', () => {
  it.each(['form', 'json'])('PATCH …/keys/:key_hash narrows a key sent as %s, and tells its version', async (type) => {
    const before = await etagNow();
    const fields = { perms: 'dr.list', description: 'reads', allowed_ip_range: '127.0.0.1' };
    const answer = await patch(fields, `"${before}"`, type).expect(200);
    expectShape(bench, 'PATCH', '/v1/orgs/:oid/keys/:key_hash', answer.body);
    expect(answer.body).toMatchObject({
      key_hash: made.key_hash,
      name: 'ci',
      priv: ['dr.list'],
      description: 'reads',
      allowed_ip_range: '127.0.0.1/32',
      expires: null,
    });
    expect(answer.headers.etag).toBe(`"${answer.body.etag}"`);
    expect(answer.body.etag).not.toBe(before);
    expect(await etagNow()).toBe(answer.body.etag);
    expectDenied(await patch(fields, `"${before}"`, type), 412, 'ERR_ETAG_MISMATCH');
  });

  it('PATCH …/keys/:key_hash needs If-Match, and changes nothing without it', async () => {
    const refused = await patch({ perms: '' });
    expectDenied(refused, 400, 'ERR_VALIDATION');
    expect(refused.body.issues).toEqual([{ field: 'if_match', message: expect.stringContaining('etag') }]);
    const none = bench.http.patch(`${path}/${made.key_hash}`).set('x-api-key', manager.text);
    expectDenied(await none.set('If-None-Match', '*').send({ perms: '' }), 412, 'ERR_ETAG_MISMATCH');
    const who = await bench.http.get('/v1/who').set('x-api-key', made.api_key).expect(200);
    expect(who.body.perms).toEqual(['dr.list', 'dr.set']);
  });

  it('PATCH …/keys/:key_hash ends a token of the key when it is narrowed, and not when only its description changes', async () => {
    const token = await tokenFor(bench, { oid, secret: made.api_key });
    const who = () => bench.http.get('/v1/who').set('Authorization', `Bearer ${token}`);
    await patch({ description: 'the same' }, '*').expect(200);
    await who().expect(200);
    await patch({ perms: 'dr.list' }, '*').expect(200);
    expectDenied(await who(), 401, 'ERR_TOKEN_INVALID');
    const left = await bench.http.get('/v1/who').set('x-api-key', made.api_key).expect(200);
    expect(left.body.perms).toEqual(['dr.list']);
  });

  it('PATCH …/keys/:key_hash sets an expiry and takes it away again, with 0 or null', async () => {
    const expires = Math.floor(Date.now() / 1000) + 3600;
    expect((await patch({ expires }, '*').expect(200)).body.expires).toBe(expires);
    expect((await patch({ expires: '0' }, '*').expect(200)).body.expires).toBeNull();
    expect((await patch({ expires }, '*', 'json').expect(200)).body.expires).toBe(expires);
    expect((await patch({ expires: null }, '*', 'json').expect(200)).body.expires).toBeNull();
    expectDenied(await patch({ expires: 1_700_000_000_000 }, '*'), 400, 'ERR_VALIDATION');
  });

  it('PATCH …/keys/:key_hash removes every permission by an empty field, and adds none', async () => {
    expectDenied(await patch({ perms: 'dr.list,dr.set,dr.del' }, '*'), 403, 'ERR_ESCALATION');
    expect((await patch({ perms: '' }, '*').expect(200)).body.priv).toEqual([]);
    expectDenied(await patch({ perms: 'dr.list' }, '*'), 403, 'ERR_ESCALATION');
  });

  it('PATCH …/keys/:key_hash is refused without a field, with a misspelt permission, and for no key', async () => {
    expectDenied(await patch({}, '*'), 400, 'ERR_VALIDATION');
    const refused = await patch({ perms: 'dr.lst' }, '*');
    expectDenied(refused, 400, 'ERR_VALIDATION');
    expect(refused.body.issues[0].field).toBe('perms');
    const nowhere = bench.http.patch(`${path}/nokey`).set('x-api-key', manager.text).set('If-Match', '*');
    expectDenied(await nowhere.send({ description: 'x' }), 404, 'ERR_NOT_FOUND');
  });
});
