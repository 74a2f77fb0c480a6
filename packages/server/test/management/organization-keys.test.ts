import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  expectDenied,
  expectShape,
  managing,
  type NewKey,
  newKey,
  newOrganization,
  newUser,
  type ServiceFixture,
  startServiceFixture,
  tokenFor,
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

const create = (fields: object, type = 'form') =>
  bench.http.post(path).set('x-api-key', manager.text).type(type).send(fields);
const listed = async () => (await bench.http.get(path).set('x-api-key', manager.text).expect(200)).body.api_keys;

describe('POST …/keys', () => {
  it.each(['form', 'json'])('POST …/keys creates a key from a %s, shown once, whose id is no hash', async (type) => {
    const before = Math.floor(Date.now() / 1000);
    const { body } = await create(
      { key_name: 'ci[bulk][secret]', perms: 'dr.list', allowed_ip_range: '127.0.0.0/8' },
      type,
    );
    expectDenied(await create({ key_name: 'ci[bulk]', perms: 'dr.list' }, type), 403, 'ERR_ESCALATION');
    expect(body.code).toBe('ERR_ESCALATION');
    const made = await create(
      { key_name: 'ci[secret]', perms: 'dr.list,dr.set', allowed_ip_range: '127.0.0.0/8' },
      type,
    );
    expect(made.status).toBe(200);
    expectShape(bench, 'POST', '/v1/orgs/:oid/keys', made.body);
    const entry = (await listed())[made.body.key_hash];
    expect(entry).toMatchObject({
      name: 'ci[secret]',
      priv: ['dr.list', 'dr.set'],
      by: 'manager',
      oid,
      flairs: ['secret'],
      allowed_ip_range: '127.0.0.0/8',
      expires: null,
      last_used: null,
      description: null,
      disabled: false,
    });
    expect(entry.created).toBeGreaterThanOrEqual(before);
    expect(entry.created).toBeLessThanOrEqual(Date.now() / 1000);
    expect(entry.secrets).toEqual([{ created: entry.created, last_used: null, ends: null }]);
    await bench.http.get('/v1/who').set('x-api-key', made.body.api_key).expect(200);
  });

  it('POST …/keys takes perms as comma text, repeated, as an array, and a family that the giver holds itself', async () => {
    const owner = await newUser(bench, [oid], { permissions: ['dr.*', 'apikey.ctrl'] });
    const send = (body: object | string, type: string) =>
      bench.http.post(path).set('x-api-key', owner.text).type(type).send(body).expect(200);
    await send('key_name=a&perms=dr.list,dr.set', 'form');
    await send('key_name=b&perms=dr.list&perms=dr.set', 'form');
    await send({ key_name: 'c', perms: ['dr.list', 'dr.set'] }, 'json');
    await send({ key_name: 'd', perms: ['dr.*'] }, 'json');
    const entries = Object.values<Record<string, unknown>>(await listed());
    const privileges = (name: string) => entries.find((entry) => entry.name === name)?.priv;
    expect([privileges('a'), privileges('b'), privileges('c')]).toEqual(Array(3).fill(['dr.list', 'dr.set']));
    expect(privileges('d')).toContain('dr.del.managed');
    expect(entries.find((entry) => entry.name === 'd')?.grants).toEqual(['dr.*']);
  });

  it('POST …/keys keeps expiry and description, and refuses times that are past or in milliseconds', async () => {
    const expires = Math.floor(Date.now() / 1000) + 3600;
    const { body } = await create({ key_name: 'short', expires: String(expires), description: 'for a day' });
    expect((await listed())[body.key_hash]).toMatchObject({ expires, description: 'for a day' });
    for (const wrong of [expires - 7200, Date.now() + 3_600_000, 'soon', 1.5, -1]) {
      const response = await create({ key_name: 'wrong', expires: wrong }, 'json');
      expectDenied(response, 400, 'ERR_VALIDATION');
      expect(response.body.issues[0].field).toBe('expires');
    }
  });

  it.each([
    ['an unknown flair', { key_name: 'x[segement]' }, 'key_name', /nearest is \[segment\]/],
    ['an unbalanced bracket', { key_name: 'x[segment' }, 'key_name', /bracket/],
    ['a nested bracket', { key_name: 'x[[lock]]' }, 'key_name', /bracket/],
    ['a look-alike of a bracket', { key_name: 'x\uff3bsegment\uff3d' }, 'key_name', /bracket/],
    ['too long a name', { key_name: 'x'.repeat(129) }, 'key_name', /128/],
    ['an empty name', { key_name: '' }, 'key_name', /must not be empty/],
    ['no name', {}, 'key_name', /required/],
    ['a name that is no text', { key_name: { a: 1 } }, 'key_name', /text/],
    ['a permission that is not in the catalogue', { key_name: 'x', perms: 'dr.lst' }, 'perms', /dr\.list/],
    ['a lone *', { key_name: 'x', perms: '*' }, 'perms', /\*/],
    ['a permission that is no text', { key_name: 'x', perms: [1] }, 'perms', /text/],
    ['a bad range', { key_name: 'x', allowed_ip_range: '10.0.0.0/33' }, 'allowed_ip_range', /CIDR/],
  ])('POST …/keys refuses %s by its field and stores nothing', async (_name, fields, field, message) => {
    const response = await create(fields, 'json');
    expectDenied(response, 400, 'ERR_VALIDATION');
    expect(response.body.issues[0]).toEqual({ field, message: expect.stringMatching(message) });
    expect(response.body.error).toContain(field);
    expect(Object.keys(await listed())).toEqual([manager.keyId]);
  });

  it('POST …/keys refuses a name that a live key has', async () => {
    await create({ key_name: 'twin' }).expect(200);
    expectDenied(await create({ key_name: 'twin' }), 409, 'ERR_NAME_TAKEN');
    expect(Object.keys(await listed())).toHaveLength(2);
  });

  it('POST …/keys hands out nothing its caller does not hold', async () => {
    const response = await create({ key_name: 'wide', perms: 'dr.list,user.ctrl' });
    expectDenied(response, 403, 'ERR_ESCALATION');
    expect(response.body).toMatchObject({ dimension: 'permissions', beyond: ['user.ctrl'] });
  });
});

describe('GET …/keys', () => {
  it('GET …/keys has the shape of the table, and shows no secret and no hash', async () => {
    const made = (await create({ key_name: 'new', perms: 'dr.list' })).body;
    const response = await bench.http.get(path).set('x-api-key', manager.text).expect(200);
    expectShape(bench, 'GET', '/v1/orgs/:oid/keys', response.body);
    expect(Object.keys(response.body.api_keys).sort()).toEqual([manager.keyId, made.key_hash].sort());
    expect(response.text).not.toContain(made.api_key);
    expect(response.text).not.toMatch(/pbkdf2|sha256|\$/);
    expect(response.headers['cache-control']).toBe('private, no-store');
    expect(response.headers.vary).toContain('x-api-key');
  });

  it('GET …/keys shows a segment key only keys that it made', async () => {
    const segmented = await newKey(bench, oid, { name: 'vendor[segment]', permissions: managing });
    const own = await bench.http
      .post(path)
      .set('x-api-key', segmented.text)
      .type('form')
      .send({ key_name: 'inner[segment]' })
      .expect(200);
    const { body } = await bench.http.get(path).set('x-api-key', segmented.text).expect(200);
    expect(Object.keys(body.api_keys)).toEqual([own.body.key_hash]);
    const hidden = bench.http.delete(path).set('x-api-key', segmented.text).type('form');
    expectDenied(await hidden.send({ key_hash: manager.keyId }), 404, 'ERR_NOT_FOUND');
  });
});

describe('DELETE …/keys', () => {
  it.each([
    ['a form body', (hash: string) => bench.http.delete(path).type('form').send({ key_hash: hash })],
    ['a JSON body', (hash: string) => bench.http.delete(path).send({ key_hash: hash })],
    ['the query', (hash: string) => bench.http.delete(path).query({ key_hash: hash })],
  ])('DELETE …/keys revokes by key_hash in %s, at once', async (_name, request) => {
    const { body } = await create({ key_name: 'gone' });
    await bench.http.get('/v1/who').set('x-api-key', body.api_key).expect(200);
    const revoked = await request(body.key_hash).set('x-api-key', manager.text).expect(200);
    expectShape(bench, 'DELETE', '/v1/orgs/:oid/keys', revoked.body);
    expectDenied(await bench.http.get('/v1/who').set('x-api-key', body.api_key), 401, 'ERR_KEY_INVALID');
    expect(Object.keys(await listed())).toEqual([manager.keyId]);
  });

  it('DELETE …/keys does not find an unknown key, one of another organization, or an ended one', async () => {
    const other = await newOrganization(bench, 'other');
    const foreign = await newKey(bench, other);
    const ended = (await create({ key_name: 'ended' })).body.key_hash;
    const remove = (hash: string) =>
      bench.http.delete(path).set('x-api-key', manager.text).type('form').send({ key_hash: hash });
    await remove(ended).expect(200);
    const texts = new Set<string>();
    for (const hash of [ended, foreign.keyId, 'nonsense', '__proto__']) {
      const response = await remove(hash);
      expectDenied(response, 404, 'ERR_NOT_FOUND');
      texts.add(response.text);
    }
    expect(texts.size).toBe(1);
    await bench.http.get('/v1/who').set('x-api-key', foreign.text).expect(200);
  });
});

describe('POST …/keys/:key_hash/disable and /enable', () => {
  const change = (verb: string, hash: string, text = manager.text) =>
    bench.http.post(`${path}/${hash}/${verb}`).set('x-api-key', text);

  it('POST …/keys/:key_hash/disable and /enable refuse a key and its tokens at once, and take the key again', async () => {
    const { body } = await create({ key_name: 'paused', perms: 'dr.list' });
    const who = () => bench.http.get('/v1/who').set('x-api-key', body.api_key);
    const jwt = await tokenFor(bench, { oid, secret: body.api_key });
    const bearer = () => bench.http.get('/v1/who').auth(jwt, { type: 'bearer' });
    await bearer().expect(200);
    const disabled = await change('disable', body.key_hash).expect(200);
    expectShape(bench, 'POST', '/v1/orgs/:oid/keys/:key_hash/disable', disabled.body);
    expectDenied(await who(), 401, 'ERR_KEY_INVALID');
    expectDenied(await bearer(), 401, 'ERR_TOKEN_INVALID');
    expect((await listed())[body.key_hash]).toMatchObject({ disabled: true });
    const enabled = await change('enable', body.key_hash).expect(200);
    expectShape(bench, 'POST', '/v1/orgs/:oid/keys/:key_hash/enable', enabled.body);
    await who().expect(200);
    expect((await listed())[body.key_hash]).toMatchObject({ disabled: false });
  });

  it('a holder of apikey.ctrl disables a key that has more permissions, and cannot enable it', async () => {
    const wide = await newKey(bench, oid, { name: 'wide', permissions: ['dr.list', 'billing.ctrl'] });
    await change('disable', wide.keyId).expect(200);
    expectDenied(await change('enable', wide.keyId), 403, 'ERR_ESCALATION');
    expectDenied(await bench.http.get('/v1/who').set('x-api-key', wide.text), 401, 'ERR_KEY_INVALID');
  });

  it('POST …/keys/:key_hash/disable finds no key that the caller cannot see, or of another organization', async () => {
    const segmented = await newKey(bench, oid, { name: 'vendor[segment]' });
    const elsewhere = await newKey(bench, await newOrganization(bench, 'other'));
    const texts = new Set<string>();
    for (const [hash, text] of [
      [manager.keyId, segmented.text],
      [elsewhere.keyId, manager.text],
      ['nonsense', manager.text],
    ] as const) {
      const response = await change('disable', hash, text);
      expectDenied(response, 404, 'ERR_NOT_FOUND');
      texts.add(response.text);
    }
    expect(texts.size).toBe(1);
  });
});

describe('every method of …/keys', () => {
  const all = (url: string, text: string) => [
    bench.http.get(url).set('x-api-key', text),
    bench.http.post(url).set('x-api-key', text).type('form').send({ key_name: 'x' }),
    bench.http.delete(url).set('x-api-key', text).type('form').send({ key_hash: 'x' }),
  ];

  it('every method of …/keys needs apikey.ctrl, and names it', async () => {
    const weak = await newKey(bench, oid, { name: 'weak', permissions: ['dr.list'] });
    for (const request of all(path, weak.text)) {
      const response = await request;
      expectDenied(response, 401, 'ERR_PERMISSION_MISSING');
      expect(response.body.missing).toEqual(['apikey.ctrl']);
      expect(response.headers['www-authenticate']).toContain('error="insufficient_scope"');
    }
  });

  it('every method of …/keys answers another organization and one that does not exist like a missing permission', async () => {
    const weak = await newKey(bench, oid, { name: 'weak', permissions: [] });
    const other = await newOrganization(bench, 'other');
    const missing = (await bench.http.get(path).set('x-api-key', weak.text)).body;
    const detail = `${missing.detail}; the credential gives no access to this organization`;
    for (const id of [other, '00000000-0000-4000-8000-000000000000']) {
      for (const request of all(`/v1/orgs/${id}/keys`, manager.text)) {
        const response = await request;
        expectDenied(response, 401, 'ERR_PERMISSION_MISSING');
        expect(response.body).toEqual({ ...missing, detail, error: detail });
      }
    }
  });

  it('every method of …/keys refuses a malformed UUID, and asks for a credential before it looks at one', async () => {
    for (const request of all('/v1/orgs/not-a-uuid/keys', manager.text)) {
      const response = await request;
      expectDenied(response, 400, 'ERR_VALIDATION');
      expect(response.body.issues).toEqual([{ field: 'oid', message: 'must be a UUID' }]);
    }
    expectDenied(await bench.http.get('/v1/orgs/not-a-uuid/keys'), 401, 'ERR_CREDENTIAL_MISSING');
  });

  it('every method of …/keys takes a UUID in capitals', async () => {
    await bench.http.get(`/v1/orgs/${oid.toUpperCase()}/keys`).set('x-api-key', manager.text).expect(200);
  });

  it('every method of …/keys does what a token may, and nothing a narrowed one may not', async () => {
    const whole = await tokenFor(bench, { oid, secret: manager.text });
    await bench.http.get(path).auth(whole, { type: 'bearer' }).expect(200);
    const narrow = await tokenFor(bench, { oid, secret: manager.text, perms: 'dr.list' });
    expectDenied(await bench.http.get(path).auth(narrow, { type: 'bearer' }), 401, 'ERR_PERMISSION_MISSING');
    const managerOnly = await tokenFor(bench, { oid, secret: manager.text, perms: 'apikey.ctrl' });
    const response = await bench.http
      .post(path)
      .auth(managerOnly, { type: 'bearer' })
      .type('form')
      .send({ key_name: 'wide', perms: 'dr.list' });
    expectDenied(response, 403, 'ERR_ESCALATION');
  });
});

describe('the audit of refusals', () => {
  it('the audit of refusals has them in the organization of the route, or of the command, also of a user of several', async () => {
    const other = await newOrganization(bench, 'other');
    const ann = await newUser(bench, [oid, other], { permissions: ['apikey.ctrl'] });
    const post = (to: string, fields: object) =>
      bench.http.post(to).set('x-api-key', ann.text).type('form').send(fields);
    await post(`/v1/orgs/${oid.toUpperCase()}/keys`, { key_name: 'ci', perms: 'dr.set' }).expect(403);
    await post(path, { perms: 'dr.set' }).expect(400);
    await post('/v1/users/invite', { oid: other, email: 'bob@acme.example' }).expect(401);
    await post('/v1/users/invite', { oid: '00000000-0000-4000-8000-000000000000', email: 'bob@acme.example' });
    const rows = await bench.refusals();
    expect(rows.map(({ target, details, oid: of }) => [target, details.code, of])).toEqual([
      ['POST /v1/orgs/:oid/keys', 'ERR_ESCALATION', oid],
      ['POST /v1/orgs/:oid/keys', 'ERR_VALIDATION', oid],
      ['POST /v1/users/invite', 'ERR_PERMISSION_MISSING', other],
      ['POST /v1/users/invite', 'ERR_PERMISSION_MISSING', null],
    ]);
  });
});
