import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  expectDenied,
  type NewKey,
  newKey,
  newOrganization,
  type ServiceFixture,
  startServiceFixture,
} from '../support.js';

interface Listed {
  readonly name: string;
  readonly created: number;
  readonly expires: number | null;
}

const NAMES = ['beta', 'Alpha', '__proto__', 'zeta [segment]', 'beta 2', '\u00e9clair', 'alpha'];

describe('the keys of an organization in an order', () => {
  let bench: ServiceFixture;
  let manager: NewKey;
  let path: string;

  beforeAll(async () => {
    bench = await startServiceFixture();
    const oid = await newOrganization(bench);
    manager = await newKey(bench, oid);
    path = `/v1/orgs/${oid}/keys`;
    const now = Math.floor(Date.now() / 1000);
    for (const [index, name] of NAMES.entries()) {
      const expires = index % 3 === 0 ? {} : { expires: now + 1000 * ((index * 5) % 7) + 1000 };
      await send('post', { key_name: name, perms: 'dr.list', ...expires }).expect(200);
    }
  });

  afterAll(() => bench.close());

  const send = (method: 'get' | 'post', fields: object) => {
    const asked = bench.http[method](path).set('x-api-key', manager.text);
    return method === 'get' ? asked.query(fields) : asked.type('form').send(fields);
  };

  async function readPages(query: object, limit: number): Promise<readonly Listed[]> {
    const all: Listed[] = [];
    let cursor: string | undefined;
    do {
      const fields = { ...query, limit, ...(cursor === undefined ? {} : { cursor }) };
      const { body } = await send('get', fields).expect(200);
      const entries: readonly Listed[] = Object.values(body.api_keys);
      expect(entries.length).toBeLessThanOrEqual(limit);
      all.push(...entries);
      cursor = body.next_cursor;
    } while (cursor !== undefined);
    return all;
  }

  const byCodeUnits = (a: string, b: string) => (a < b ? -1 : Number(a > b));

  it.each([1, 3, 1000])(
    'the keys come in pages of %i, each key once, in either order of their names',
    async (limit) => {
      const names = ['manager', ...NAMES].sort(byCodeUnits);
      expect((await readPages({ sort_by: 'name' }, limit)).map(({ name }) => name)).toEqual(names);
      const reversed = await readPages({ sort_by: 'name', sort_order: 'desc' }, limit);
      expect(reversed.map(({ name }) => name)).toEqual(names.toReversed());
    },
  );

  it('the keys are ordered by their creation, and by their expiry with those that never expire last', async () => {
    const newest = await readPages({ sort_by: 'created', sort_order: 'desc' }, 2);
    const created = newest.map((one) => one.created);
    expect(created).toEqual(created.toSorted((a, b) => b - a));
    expect(newest.length).toBe(NAMES.length + 1);
    const expiring = (await readPages({ sort_by: 'expires' }, 2)).map(
      ({ expires }) => expires ?? Number.POSITIVE_INFINITY,
    );
    expect(expiring).toEqual(expiring.toSorted((a, b) => a - b));
    expect(expiring.at(-1)).toBe(Number.POSITIVE_INFINITY);
  });

  it('a key that is created or revoked between two pages neither repeats nor hides another one', async () => {
    const first = await send('get', { sort_by: 'name', limit: 3 }).expect(200);
    const added = await send('post', { key_name: '0 before all', perms: 'dr.list' }).expect(200);
    const { body } = await send('get', { sort_by: 'name', cursor: first.body.next_cursor }).expect(200);
    const seen = [first.body, body].flatMap(({ api_keys: keys }) =>
      Object.values<Listed>(keys).map(({ name }) => name),
    );
    expect(seen).toEqual(['manager', ...NAMES].sort(byCodeUnits));
    await bench.http.delete(path).set('x-api-key', manager.text).type('form').send({ key_hash: added.body.key_hash });
  });

  it('a cursor is refused in another order, and an order with revoked keys or of an unknown name too', async () => {
    const { body } = await send('get', { sort_by: 'name', limit: 1 }).expect(200);
    for (const other of [{}, { sort_by: 'created' }, { sort_by: 'name', sort_order: 'desc' }]) {
      expectDenied(await send('get', { ...other, limit: 1, cursor: body.next_cursor }), 400, 'ERR_VALIDATION');
    }
    const refused = await send('get', { sort_by: 'name', revoked: 'true' });
    expectDenied(refused, 400, 'ERR_VALIDATION');
    expect(refused.body.issues).toEqual([{ field: 'sort_by', message: 'cannot be combined with revoked' }]);
    expectDenied(await send('get', { sort_by: 'secret' }), 400, 'ERR_VALIDATION');
  });

  it('a key with segment sees only its own keys in any order', async () => {
    const { body } = await send('post', { key_name: 'looker[segment]', perms: 'apikey.ctrl,dr.list' }).expect(200);
    const own = bench.http.post(path).set('x-api-key', body.api_key).type('form');
    await own.send({ key_name: 'own[segment]', perms: 'dr.list' }).expect(200);
    const seen = await bench.http.get(path).set('x-api-key', body.api_key).query({ sort_by: 'name' }).expect(200);
    expect(Object.values<Listed>(seen.body.api_keys).map(({ name }) => name)).toEqual(['own[segment]']);
  });
});
