import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ServerFixture, startServerFixture } from './caller.ts';

let place: ServerFixture;

beforeEach(async () => {
  place = await startServerFixture();
});

afterEach(() => place.close());

async function newGroup(name: string): Promise<string> {
  return (await place.owner('POST', '/v1/groups', { form: { name } })).text('gid');
}

describe('groups', () => {
  it('groups give their members permissions in every organization attached, and take them at once', async () => {
    const { owner, person, oid } = place;
    const bob = await person('bob');
    const made = await owner('POST', '/v1/groups', { form: { name: 'Readers' } });
    const gid = made.text('gid');
    expect(made).toMatchObject({ status: 200, body: { gid, data: { gid }, success: true } });
    const at = `/v1/groups/${gid}`;
    const perms = [
      ['perm', 'dr.list'],
      ['perm', 'org.get'],
    ] as const;
    const done = { status: 200, body: { success: true } };
    expect(await owner('POST', `${at}/permissions`, { form: perms })).toMatchObject(done);
    expect(await owner('POST', `${at}/orgs`, { form: { oid } })).toMatchObject(done);
    expect(await owner('POST', `${at}/users`, { form: { member_email: bob.email } })).toMatchObject(done);
    expect((await bob.call('GET', '/v1/who')).body).toMatchObject({ user_perms: {} });
    expect(await bob.call('POST', `/v1/user/invitations/${oid}`)).toMatchObject(done);
    expect((await bob.call('GET', '/v1/who')).body).toMatchObject({ orgs: [oid], perms: ['dr.list', 'org.get'] });
    expect((await bob.call('GET', '/v1/groups')).body).toEqual({ groups: [{ gid, name: 'Readers' }] });
    const read = await owner('GET', at);
    expect(read.body.group).toEqual({
      gid,
      group_id: gid,
      name: 'Readers',
      owners: ['ann@acme.example'],
      members: [bob.email],
      perms: ['dr.list', 'org.get'],
      orgs: [{ org_id: oid, org_name: 'acme' }],
      groups: [],
    });
    expect(read.etag).toBe(`"${read.text('etag')}"`);
    const logs = (await owner('GET', `${at}/logs?limit=1`)).body;
    expect(logs).toMatchObject({ logs: [{ action: 'group.member.add' }], next_cursor: expect.any(String) });
    expect(await owner('DELETE', `${at}/users`, { form: { member_email: bob.email } })).toMatchObject(done);
    expect((await bob.call('GET', '/v1/who')).body).toMatchObject({ user_perms: {} });
    expect(await owner('DELETE', at)).toMatchObject(done);
    expect(await owner('GET', at)).toMatchObject({ status: 404, body: { code: 'ERR_NOT_FOUND' } });
  });

  it('groups nest without cycles', async () => {
    const { owner } = place;
    const [a, b] = [await newGroup('a'), await newGroup('b')];
    expect((await owner('PUT', `/v1/groups/${a}/groups/${b}`)).status).toBe(200);
    expect(await owner('PUT', `/v1/groups/${b}/groups/${a}`)).toMatchObject({
      status: 409,
      body: { code: 'ERR_GROUP_CYCLE' },
    });
    expect((await owner('DELETE', `/v1/groups/${a}/groups/${b}`)).status).toBe(200);
    expect((await owner('PUT', `/v1/groups/${b}/groups/${a}`)).status).toBe(200);
  });

  it('groups are a matter of users: an organization key is told so, with 401', async () => {
    const { organizationCaller } = place;
    for (const [method, path] of [
      ['GET', '/v1/groups'],
      ['POST', '/v1/groups'],
    ] as const) {
      const refused = await organizationCaller(method, path, { form: { name: 'x' } });
      expect(refused).toMatchObject({ status: 401, body: { title: 'Unauthorized', code: 'ERR_USER_REQUIRED' } });
      expect(refused.text('error')).toBe('only a user can manage groups');
    }
  });

  it('groups are changed by the version seen', async () => {
    const { owner } = place;
    const at = `/v1/groups/${await newGroup('a')}`;
    const { etag = '' } = await owner('GET', at);
    const set = (perm: string) => owner('POST', `${at}/permissions`, { form: { perm }, headers: { 'If-Match': etag } });
    expect((await set('dr.list')).status).toBe(200);
    expect(await set('dr.set')).toMatchObject({ status: 412, body: { code: 'ERR_ETAG_MISMATCH' } });
  });

  it('groups do not exist for a user who is not in them', async () => {
    const { person } = place;
    const gid = await newGroup('a');
    const stranger = await person('stranger', ['user.ctrl']);
    const hidden = await stranger.call('GET', `/v1/groups/${gid}`);
    const missing = await stranger.call('GET', '/v1/groups/00000000-0000-4000-8000-000000000000');
    expect(hidden).toMatchObject({ status: 404 });
    expect(hidden.body).toEqual(missing.body);
    expect((await stranger.call('GET', '/v1/groups/nothing')).status).toBe(400);
  });
});
