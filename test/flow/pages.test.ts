import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerFixture, startServerFixture } from './caller.ts';

interface Listed {
  readonly path: string;
  /** The member of the answer that holds the list. */
  readonly member: string;
  /** Makes one more entry. */
  make(place: ServerFixture, name: string): Promise<unknown>;
}

const organization = (place: ServerFixture) => `/v1/orgs/${place.oid}`;

/** Every list with pages, except audits and logs. `ORG` is replaced by the organization. */
const lists: readonly Listed[] = [
  {
    path: '/v1/orgs/ORG/keys',
    member: 'api_keys',
    make: (place, name) => place.owner('POST', `${organization(place)}/keys`, { form: { key_name: name } }),
  },
  {
    path: '/v1/insight/ORG/ingestion_keys',
    member: 'keys',
    make: (place, name) => place.owner('POST', `/v1/insight/${place.oid}/ingestion_keys`, { form: { name } }),
  },
  {
    path: '/v1/user/keys',
    member: 'api_keys',
    make: (place, name) => place.owner('POST', '/v1/user/keys', { form: { key_name: name } }),
  },
  {
    path: '/v1/groups',
    member: 'groups',
    make: (place, name) => place.owner('POST', '/v1/groups', { form: { name } }),
  },
  {
    path: '/v1/orgs/ORG/api_users',
    member: 'api_users',
    make: (place, name) => place.owner('POST', `${organization(place)}/api_users`, { form: { name } }),
  },
  {
    path: '/v1/orgs/ORG/policies',
    member: 'policies',
    make: (place, name) => place.owner('PUT', `${organization(place)}/policies/${name}`, { json: { grants: {} } }),
  },
  {
    path: '/v1/orgs/ORG/users',
    member: 'users',
    make: (place, name) =>
      place.owner('POST', `${organization(place)}/users`, { form: { email: `${name}@x.example` } }),
  },
  {
    path: '/v1/orgs/ORG/users/permissions',
    member: 'user_permissions',
    make: (place, name) =>
      place.owner('POST', `${organization(place)}/users`, { form: { email: `${name}@y.example` } }),
  },
];

let place: ServerFixture;

beforeAll(async () => {
  place = await startServerFixture();
  for (const { make } of lists) for (const name of ['a', 'b', 'c', 'd', 'e']) await make(place, name);
});

afterAll(() => place.close());

describe.each(lists)('the list at $path', ({ path: template, member, make }) => {
  const at = () => template.replace('ORG', place.oid);
  const entriesOf = (body: Readonly<Record<string, unknown>>) => {
    const list = body[member];
    return Array.isArray(list) ? list : Object.entries(list ?? {});
  };

  it('a list of the service is whole if no page is asked for', async () => {
    const { body } = await place.owner('GET', at());
    expect(entriesOf(body).length).toBeGreaterThanOrEqual(5);
    expect(body).not.toHaveProperty('next_cursor');
  });

  it('a list of the service comes in pages that hold their place while more comes', async () => {
    const whole = entriesOf((await place.owner('GET', at())).body);
    const seen: unknown[] = [];
    let cursor = '';
    for (let page = 0; page < 20; page += 1) {
      const { status, body } = await place.owner('GET', `${at()}?limit=2${cursor}`);
      expect(status).toBe(200);
      expect(entriesOf(body).length).toBeLessThanOrEqual(2);
      seen.push(...entriesOf(body));
      if (body.next_cursor === undefined) break;
      cursor = `&cursor=${encodeURIComponent(String(body.next_cursor))}`;
      if (page === 0) await make(place, 'late');
    }
    for (const entry of whole) expect(seen.filter((one) => isSame(one, entry))).toHaveLength(1);
    expect(seen.length).toBeLessThanOrEqual(whole.length + 1);
  });

  it('a list of the service takes no cursor that was changed, of another list or of another reader', async () => {
    const cursor = (await place.owner('GET', `${at()}?limit=1`)).text('next_cursor');
    const refused = { status: 400, body: { code: 'ERR_VALIDATION', issues: [{ field: 'cursor' }] } };
    const get = (path: string, by = place.owner) => by('GET', `${path}?cursor=${encodeURIComponent(cursor)}`);
    const changed = `${cursor.slice(0, 8)}${cursor[8] === 'A' ? 'B' : 'A'}${cursor.slice(9)}`;
    expect(await place.owner('GET', `${at()}?cursor=${changed}`)).toMatchObject(refused);
    // Both lists of users are one list in two forms.
    const kind = (path: string) => path.replace('/permissions', '');
    for (const other of lists.filter(({ path }) => kind(path) !== kind(template))) {
      expect(await get(other.path.replace('ORG', place.oid))).toMatchObject(refused);
    }
    const permissions = ['apikey.ctrl', 'ingestkey.ctrl', 'user.ctrl'];
    const other = await place.person(`reader-${lists.findIndex(({ path }) => path === template)}`, permissions);
    expect(await get(at(), other.call)).toMatchObject(refused);
  });

  it('a list has pages of 1 to 1000', async () => {
    for (const limit of ['0', '-1', '1001', 'x']) {
      expect((await place.owner('GET', `${at()}?limit=${limit}`)).status).toBe(400);
    }
  });
});

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
