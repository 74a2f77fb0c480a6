import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Carried, type ServerFixture, startServerFixture } from './caller.ts';

const MISMATCH = { status: 412, body: { code: 'ERR_ETAG_MISMATCH' } };

let place: ServerFixture;

beforeEach(async () => {
  place = await startServerFixture();
});

afterEach(() => place.close());

describe('two people who edit one user', () => {
  it('two people who edit one user do not undo each other: the second has to look again', async () => {
    const { owner, person, oid } = place;
    const { email } = await person('bob', ['dr.list']);
    const users = `/v1/orgs/${oid}/users`;
    const read = () => owner('GET', `${users}/permissions?email=${email}`);
    const { etag = '', body } = await read();
    expect(body).toMatchObject({ user_permissions: { [email]: ['dr.list'] }, roles: { [email]: 'member' } });
    expect((await owner('GET', `${users}/permissions`)).body.etags).toMatchObject({ [email]: etag.slice(1, -1) });
    const by = (seen: string, more: Record<string, string> = {}): Carried => ({
      form: { email, ...more },
      headers: { 'If-Match': seen },
    });
    const granted = await owner('POST', `${users}/permissions`, by(etag, { perm: 'dr.set' }));
    expect(granted).toMatchObject({ status: 200, body: { user_permissions: { [email]: ['dr.list', 'dr.set'] } } });
    expect(granted.etag).toBe((await read()).etag);
    expect(await owner('PUT', `${users}/role`, by(etag, { role: 'Viewer' }))).toMatchObject(MISMATCH);
    expect(await owner('POST', `${users}/permissions`, by(etag, { perm: 'dr.del' }))).toMatchObject(MISMATCH);
    expect(await owner('DELETE', `${users}/permissions`, by(etag, { perm: 'dr.set' }))).toMatchObject(MISMATCH);
    expect(await owner('DELETE', users, by(etag))).toMatchObject(MISMATCH);
    const given = await owner('PUT', `${users}/role`, by(granted.etag ?? '', { role: 'Viewer' }));
    expect(given).toMatchObject({ status: 200, body: { role: 'Viewer' } });
    expect((await owner('DELETE', users, by(given.etag ?? ''))).status).toBe(200);
    expect((await read()).status).toBe(404);
  });

  it('of several edits of one user at once, one wins', async () => {
    const { owner, person, oid } = place;
    const { email } = await person('bob', []);
    const { etag = '' } = await owner('GET', `/v1/orgs/${oid}/users/permissions?email=${email}`);
    const roles = ['Viewer', 'Operator', 'Basic'];
    const replies = await Promise.all(
      roles.map((role) =>
        owner('PUT', `/v1/orgs/${oid}/users/role`, { form: { email, role }, headers: { 'If-Match': etag } }),
      ),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
  });
});

describe('two people who edit one group', () => {
  it('two people who edit one group see the edit of the other, whatever it changes', async () => {
    const { owner, person, oid } = place;
    const made = async (name: string) => (await owner('POST', '/v1/groups', { form: { name } })).text('gid');
    const [gid, child] = [await made('outer'), await made('inner')];
    const bob = await person('bob');
    const at = `/v1/groups/${gid}`;
    const changes: readonly (readonly [string, string, Carried['form']?])[] = [
      ['POST', '/permissions', { perm: 'dr.list' }],
      ['POST', '/users', { member_email: bob.email }],
      ['POST', '/owners', { member_email: bob.email }],
      ['POST', '/orgs', { oid }],
      ['PUT', `/groups/${child}`],
      ['DELETE', `/groups/${child}`],
      ['DELETE', '/orgs', { oid }],
      ['DELETE', '/owners', { member_email: bob.email }],
      ['DELETE', '/users', { member_email: bob.email }],
      ['DELETE', ''],
    ];
    let last = '"0"';
    for (const [method, verb, form = {}] of changes) {
      const { etag = '' } = await owner('GET', at);
      expect(etag).not.toBe(last);
      const change = (seen: string) => owner(method, `${at}${verb}`, { form, headers: { 'If-Match': seen } });
      expect([method, verb, (await change(last)).status]).toEqual([method, verb, 412]);
      expect([method, verb, (await change(etag)).status]).toEqual([method, verb, 200]);
      last = etag;
    }
  });
});

it('a rotation of one idempotency key gives one secret', async () => {
  const { owner, oid } = place;
  const { body } = await owner('POST', `/v1/orgs/${oid}/keys`, { form: { key_name: 'vendor' } });
  const at = `/v1/orgs/${oid}/keys/${body.key_hash}/rotate`;
  const rotate = () => owner('POST', at, { headers: { 'Idempotency-Key': 'one' } });
  const first = await rotate();
  expect(first.status).toBe(200);
  const again = await rotate();
  expect(again).toMatchObject({ status: 409, body: { code: 'ERR_REPLAYED', key_hash: body.key_hash } });
  expect(JSON.stringify(again.body)).not.toContain(first.text('api_key'));
  const keys = (await owner('GET', `/v1/orgs/${oid}/keys`)).body.api_keys;
  expect(keys).toMatchObject({ [String(body.key_hash)]: { secrets: [{}, {}] } });
});
