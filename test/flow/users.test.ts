import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bearerWith, callerWith, type ServerFixture, startServerFixture } from './caller.ts';

let place: ServerFixture;
let users: string;

beforeEach(async () => {
  place = await startServerFixture();
  users = `/v1/orgs/${place.oid}/users`;
});

afterEach(() => place.close());

/** A token for the owner's key, of the shape that the fields ask for. */
async function ownerToken(fields: Record<string, string> = {}) {
  const { uid, userKey, organizationCaller } = place;
  const form = { uid, secret: userKey.text, ...fields };
  return bearerWith(place.running, (await organizationCaller('POST', '/jwt', { form })).text('jwt'));
}

describe('users of an organization', () => {
  it('users of an organization are invited, granted, listed, given a role and removed, always answered 200', async () => {
    const { owner, person } = place;
    const bob = await person('bob');
    const email = bob.email;
    expect(await owner('POST', users, { form: { email } })).toMatchObject({ status: 200, body: { users: [email] } });
    expect((await owner('GET', users)).body).toEqual({ users: expect.arrayContaining(['ann@acme.example', email]) });
    const granted = await owner('POST', `${users}/permissions`, { form: { email, perm: 'dr.list' } });
    expect(granted).toMatchObject({ status: 200, body: { user_permissions: { [email]: ['dr.list'] } } });
    expect((await bob.call('GET', '/v1/who')).body).toMatchObject({ user_perms: {} });
    expect((await bob.call('POST', `/v1/user/invitations/${place.oid}`)).status).toBe(200);
    expect((await bob.call('GET', '/v1/who')).body).toMatchObject({ orgs: [place.oid], perms: ['dr.list'] });
    const listed = await owner('GET', `${users}/permissions`);
    expect(listed.body.user_permissions).toMatchObject({ [email]: ['dr.list'] });
    await owner('DELETE', `${users}/permissions`, { form: { email, perm: 'dr.list' } });
    expect((await bob.call('GET', '/v1/who')).body).toMatchObject({ perms: [] });
    const role = await owner('PUT', `${users}/role`, { json: { email, role: 'Viewer' } });
    expect(role.body).toMatchObject({
      success: true,
      role: 'Viewer',
      permissions: expect.arrayContaining(['dr.list']),
    });
    expect(await owner('DELETE', users, { form: { email } })).toMatchObject({ status: 200, body: { success: true } });
    expect((await bob.call('GET', '/v1/who')).body).toEqual({ ident: `laptop@${email}`, user_perms: {} });
  });

  it('users of an organization take several permissions at once, by repeated fields', async () => {
    const { owner, person } = place;
    const { email } = await person('bob', []);
    const form = [
      ['email', email],
      ['perm', 'dr.list'],
      ['perm', 'dr.set'],
    ] as const;
    const granted = await owner('POST', `${users}/permissions`, { form });
    expect(granted.body.user_permissions).toEqual({ [email]: ['dr.list', 'dr.set'] });
  });

  it('users of an organization are refused by name: without user.ctrl, beyond the giver, without the last owner', async () => {
    const { owner, organizationCaller, person, oid } = place;
    const admin = await person('admin', ['user.ctrl']);
    const form = { email: admin.email, perm: 'dr.list' };
    expect(await organizationCaller('GET', users)).toMatchObject({ status: 401, body: { missing: ['user.ctrl'] } });
    expect(await admin.call('POST', `${users}/permissions`, { form })).toMatchObject({
      status: 403,
      body: { code: 'ERR_ESCALATION', dimension: 'permissions', beyond: ['dr.list'] },
    });
    const last = { status: 409, body: { code: 'ERR_LAST_OWNER' } };
    expect(await owner('DELETE', users, { form: { email: 'ann@acme.example' } })).toMatchObject(last);
    const demoted = { email: 'ann@acme.example', role: 'Basic' };
    expect(await owner('PUT', `${users}/role`, { form: demoted })).toMatchObject(last);
    expect(await owner('PUT', `${users}/role`, { form: { ...demoted, role: 'Lord' } })).toMatchObject({
      status: 400,
      body: { code: 'ERR_VALIDATION' },
    });
    const stranger = await owner('POST', `/v1/orgs/${oid.replace(/^.{8}/, '00000000')}/users`, { form });
    expect(stranger.status).toBe(401);
  });

  it('users of an organization are invited by a user with the organization among the fields', async () => {
    const { owner, organizationCaller, oid } = place;
    const form = { email: 'new@acme.example', oid };
    expect((await owner('POST', '/v1/users/invite', { form })).body).toMatchObject({ success: true });
    expect((await owner('GET', users)).body.users).toContain('new@acme.example');
    expect(await organizationCaller('POST', '/v1/users/invite', { form })).toMatchObject({
      status: 401,
      body: { code: 'ERR_USER_REQUIRED' },
    });
  });
});

describe('a token that names no organization', () => {
  const invite = async (email: string, fields: Record<string, string> = { oid: '-' }) =>
    (await ownerToken(fields))('POST', '/v1/users/invite', { form: { email, oid: place.oid } });
  const missing = { status: 401, body: { code: 'ERR_PERMISSION_MISSING', missing: ['user.ctrl'] } };

  it('a token that names no organization invites where its user may, and nothing more', async () => {
    const { owner, oid } = place;
    expect(await invite('new@acme.example')).toMatchObject({ status: 200, body: { users: ['new@acme.example'] } });
    expect((await owner('GET', users)).body.users).toContain('new@acme.example');
    const none = await ownerToken({ oid: '-' });
    const form = { email: 'other@acme.example', perm: 'dr.list' };
    expect(await none('POST', users, { form })).toMatchObject(missing);
    expect(await none('POST', `${users}/permissions`, { form })).toMatchObject(missing);
    expect(await none('GET', `/v1/orgs/${oid}/keys`)).toMatchObject({ status: 401 });
  });

  it('a token that names no organization invites no longer once its user may not', async () => {
    const { owner, person, running, oid } = place;
    const bob = await person('bob', ['user.ctrl']);
    const form = { uid: bob.uid, oid: '-', secret: bob.key };
    const none = bearerWith(running, (await bob.call('POST', '/jwt', { form })).text('jwt'));
    const ask = (email: string) => none('POST', '/v1/users/invite', { form: { email, oid } });
    expect(await ask('a@acme.example')).toMatchObject({ status: 200 });
    await owner('DELETE', `${users}/permissions`, { form: { email: bob.email, perm: 'user.ctrl' } });
    expect(await ask('b@acme.example')).toMatchObject(missing);
  });

  it('a token that names no organization is not one whose permissions were narrowed: that one is not the user', async () => {
    const notTheUser = { status: 401, body: { code: 'ERR_USER_REQUIRED' } };
    for (const fields of [
      { perms: 'dr.list' },
      { oid: '-', perms: 'dr.list' },
      { perms: '' },
      { perms: 'user.ctrl' },
    ]) {
      expect(await invite('new@acme.example', fields)).toMatchObject(notTheUser);
    }
    expect(await invite('new@acme.example', { oid: place.oid, perms: '' })).toMatchObject(notTheUser);
  });
});

describe('a user', () => {
  it('a user lists organizations live, with a token that names none', async () => {
    const { owner, oid } = place;
    const none = await ownerToken({ oid: '-' });
    expect((await none('GET', '/v1/user/orgs')).body).toEqual({ orgs: [{ oid, name: 'acme' }], total: 1 });
    await owner('POST', '/v1/orgs/new', { form: { name: 'beta', loc: 'usa' } });
    const page = await none('GET', '/v1/user/orgs?offset=1&limit=1&sort_by=name&sort_order=asc');
    expect(page.body).toMatchObject({ orgs: [{ name: 'beta' }], total: 2 });
    expect((await none('GET', '/v1/user/orgs?filter=BET')).body.total).toBe(1);
    expect((await place.organizationCaller('GET', '/v1/user/orgs')).status).toBe(401);
  });

  it('a user makes, lists and ends keys in their own name, and not beyond a token that names no organization', async () => {
    const { owner } = place;
    const made = await owner('POST', '/v1/user/keys', { form: { key_name: 'second[segment]' } });
    expect(made.status).toBe(200);
    const hash = made.text('key_hash');
    expect((await owner('GET', '/v1/user/keys')).body.api_keys).toMatchObject({ [hash]: { flairs: ['segment'] } });
    expect(JSON.stringify((await owner('GET', '/v1/user/keys')).body)).not.toContain(made.text('api_key'));
    const none = await ownerToken({ oid: '-' });
    expect(await none('POST', '/v1/user/keys', { form: { key_name: 'third' } })).toMatchObject({
      status: 403,
      body: { dimension: 'organizations' },
    });
    expect((await owner('DELETE', '/v1/user/keys', { form: { key_hash: hash } })).body).toEqual({
      success: true,
      everywhereBy: expect.any(Number),
    });
    expect((await owner('GET', '/v1/user/keys')).body.api_keys).not.toHaveProperty(hash);
  });
});

describe('the API-user key of a person', () => {
  it('the API-user key of a person is made by that person, is valid in one of their organizations, and acts in no name', async () => {
    const { owner, oid, running } = place;
    const elsewhere = { key_name: 'robot', oid: '00000000-0000-4000-8000-000000000000' };
    expect(await owner('POST', '/v1/user/keys', { form: elsewhere })).toMatchObject({
      status: 404,
      body: { code: 'ERR_NOT_FOUND', detail: 'no such organization' },
    });
    const made = await owner('POST', '/v1/user/keys', { form: { key_name: 'robot', oid } });
    const robot = callerWith(running, made.text('api_key'));
    expect((await robot('GET', '/v1/who')).body).toMatchObject({ orgs: [oid] });
    const form = { name: 'new', loc: 'eu' };
    expect((await robot('POST', '/v1/orgs/new', { form })).body).toMatchObject({ code: 'ERR_USER_REQUIRED' });
    expect((await owner('POST', '/v1/user/keys', { form: { key_name: 'robot', oid } })).status).toBe(200);
    expect((await robot('GET', '/v1/who')).status).toBe(401);
    const { uid } = (await owner('POST', `/v1/orgs/${oid}/api_users`, { form: { name: 'sync' } })).body;
    const key = await owner('POST', `/v1/orgs/${oid}/api_users/${uid}/key`);
    const sync = callerWith(running, key.text('api_key'));
    const own = await sync('POST', '/v1/user/keys', { form: { key_name: 'sync', oid } });
    expect(own).toMatchObject({ status: 401, body: { code: 'ERR_USER_REQUIRED' } });
    expect((await sync('GET', '/v1/who')).status).toBe(200);
  });
});

describe('an organization', () => {
  it('an organization is read, ends all its tokens, and is deleted by its owner', async () => {
    const { owner, organizationCaller, organizationKey, oid } = place;
    const at = `/v1/orgs/${oid}`;
    expect((await organizationCaller('GET', at)).body).toMatchObject({ oid, name: 'acme' });
    const token = await ownerToken();
    expect((await token('GET', at)).status).toBe(200);
    expect((await owner('POST', `${at}/tokens/revoke`)).body).toEqual({
      success: true,
      everywhereBy: expect.any(Number),
    });
    expect((await token('GET', at)).status).toBe(401);
    expect((await owner('GET', at)).status).toBe(200);
    expect((await organizationCaller('DELETE', at)).status).toBe(401);
    expect((await owner('DELETE', at)).body).toEqual({ success: true, everywhereBy: expect.any(Number) });
    const gone = await organizationCaller('POST', '/jwt', { form: { oid, secret: organizationKey.text } });
    expect(gone.status).toBe(401);
    expect((await owner('GET', '/v1/user/orgs')).body).toEqual({ orgs: [], total: 0 });
  });

  it('an organization has an audit with pages that cannot be forged', async () => {
    const { owner, oid } = place;
    const at = `/v1/orgs/${oid}/audit`;
    const headers = { 'X-Reason': 'ticket 7' };
    await owner('POST', users, { form: { email: 'new@acme.example' }, headers });
    const first = await owner('GET', `${at}?limit=1`);
    expect(first.body.events).toMatchObject([
      { action: 'user.offer', ident: 'laptop@ann@acme.example', address: '127.0.0.1', details: { reason: 'ticket 7' } },
    ]);
    const cursor = first.text('next_cursor');
    const second = await owner('GET', `${at}?limit=1&cursor=${cursor}`);
    expect(second.status).toBe(200);
    expect(second.body.events).not.toEqual(first.body.events);
    const forged = await owner('GET', `${at}?cursor=${cursor.slice(0, -2)}AA`);
    expect(forged).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION' } });
    expect(await place.organizationCaller('GET', at)).toMatchObject({ status: 401, body: { missing: ['audit.get'] } });
  });
});

describe('a key', () => {
  it('a key rotates over HTTP, by a manager of keys or by itself', async () => {
    const { organizationCaller, organizationKey, oid, running } = place;
    const keys = `/v1/orgs/${oid}/keys`;
    const made = await organizationCaller('POST', keys, { form: { key_name: 'vendor', perms: 'dr.list' } });
    const at = `${keys}/${made.text('key_hash')}/rotate`;
    const rotated = await organizationCaller('POST', at, { form: { overlap: '0' } });
    expect(rotated).toMatchObject({ status: 200, body: { key_hash: made.text('key_hash') } });
    const exchange = async (secret: string) =>
      (await organizationCaller('POST', '/jwt', { form: { oid, secret } })).status;
    expect(await exchange(made.text('api_key'))).toBe(401);
    expect(await exchange(rotated.text('api_key'))).toBe(200);
    const form = { overlap: '60' };
    const own = await callerWith(running, rotated.text('api_key'))('POST', at, { form });
    expect(own.status).toBe(200);
    const others = `${keys}/${organizationKey.keyId}/rotate`;
    const other = await callerWith(running, own.text('api_key'))('POST', others, { form });
    expect(other).toMatchObject({ status: 401, body: { missing: ['apikey.ctrl'] } });
  });

  it('a key is made once for one idempotency key, whose repeat never shows it', async () => {
    const { organizationCaller, oid } = place;
    const keys = `/v1/orgs/${oid}/keys`;
    const headers = { 'x-idempotent-key': 'abc' };
    const create = (name: string) => organizationCaller('POST', keys, { form: { key_name: name }, headers });
    const made = await create('vendor');
    const again = await create('vendor');
    const code = 'ERR_REPLAYED';
    expect(again).toMatchObject({ status: 409, body: { code, key_hash: made.text('key_hash') } });
    expect(JSON.stringify(again.body)).not.toContain(made.text('api_key'));
    const other = await create('other');
    expect(other).toMatchObject({ status: 409, body: { code } });
    expect(other.body).not.toHaveProperty('key_hash');
    const two = await organizationCaller('POST', keys, {
      form: { key_name: 'third' },
      headers: { 'Idempotency-Key': 'a', 'x-idempotent-key': 'b' },
    });
    expect(two.status).toBe(400);
  });

  it('an organization of one idempotency key is created once, and told again with 200', async () => {
    const { owner } = place;
    const create = () =>
      owner('POST', '/v1/orgs/new', { form: { name: 'beta', loc: 'usa' }, headers: { 'Idempotency-Key': '"k"' } });
    const first = await create();
    expect(await create()).toMatchObject({ status: 200, body: first.body });
    expect((await owner('GET', '/v1/user/orgs')).body.total).toBe(2);
  });
});
