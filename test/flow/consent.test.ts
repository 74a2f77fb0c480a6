import { createApiUser } from '@flairgate/core/administration';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bearerWith, type ServerFixture, startServerFixture } from './caller.ts';
import { done, operator } from './running-service.ts';

type Person = Awaited<ReturnType<ServerFixture['person']>>;

let place: ServerFixture;
let stranger: Person;
let victim: Person;

beforeEach(async () => {
  place = await startServerFixture();
  stranger = await place.person('stranger');
  victim = await place.person('victim', ['dr.list']);
});

afterEach(() => place.close());

async function organizationOf(person: Person, name: string): Promise<string> {
  const made = await person.call('POST', '/v1/orgs/new', { form: { name, loc: 'eu' } });
  return (made.body.data as { oid: string }).oid;
}

async function groupOf(person: Person, oid?: string): Promise<string> {
  const gid = (await person.call('POST', '/v1/groups', { form: { name: 'Crowd' } })).text('gid');
  if (oid !== undefined) await person.call('POST', `/v1/groups/${gid}/orgs`, { form: { oid } });
  return gid;
}

/** Exchanges a user's key, for what the fields say. */
const exchange = (person: Person, fields: Record<string, string> = {}) =>
  place.organizationCaller('POST', '/jwt', { form: { uid: person.uid, secret: person.key, ...fields } });

it('memberships that strangers offer make no token of the user larger', async () => {
  for (let at = 0; at < 60; at++) {
    const oid = await organizationOf(stranger, `org ${at}`);
    const users = `/v1/orgs/${oid}/users`;
    await stranger.call('POST', users, { form: { email: victim.email } });
    const role = { email: victim.email, role: at % 2 === 0 ? 'Owner' : 'Viewer' };
    expect((await stranger.call('PUT', `${users}/role`, { form: role })).status).toBe(200);
  }
  const exchanged = await exchange(victim);
  expect(exchanged.status).toBe(200);
  const token = bearerWith(place.running, exchanged.text('jwt'));
  expect((await token('GET', '/v1/who')).body).toMatchObject({ orgs: [place.oid] });
  expect((await token('GET', '/v1/user/orgs')).body).toMatchObject({ total: 1 });
  const info = { uid: victim.uid, secret: victim.key };
  expect((await place.organizationCaller('POST', '/user_key_info', { form: info })).body).toEqual({
    orgs: [place.oid],
  });
  expect((await token('GET', '/v1/user/invitations?limit=50')).body).toMatchObject({ next_cursor: expect.any(String) });
}, 60_000);

it('being added and removed by strangers ends no token of the user', async () => {
  const token = bearerWith(place.running, (await exchange(victim)).text('jwt'));
  const oid = await organizationOf(stranger, 'theirs');
  const gid = await groupOf(stranger, oid);
  const form = { email: victim.email };
  await stranger.call('POST', `/v1/orgs/${oid}/users`, { form });
  await stranger.call('POST', `/v1/orgs/${oid}/users/permissions`, { form: { ...form, perm: 'dr.set' } });
  await stranger.call('POST', `/v1/groups/${gid}/users`, { form: { member_email: victim.email } });
  await stranger.call('POST', `/v1/groups/${gid}/permissions`, { form: { perm: 'dr.set' } });
  expect((await victim.call('GET', '/v1/groups')).body).toEqual({ groups: [] });
  await stranger.call('DELETE', `/v1/groups/${gid}/users`, { form: { member_email: victim.email } });
  expect((await stranger.call('DELETE', `/v1/orgs/${oid}/users`, { form })).status).toBe(200);
  expect((await stranger.call('DELETE', `/v1/orgs/${oid}`)).status).toBe(200);
  expect((await token('GET', '/v1/who')).status).toBe(200);
});

it('an API user comes into no group and no organization of a stranger', async () => {
  const { administration, oid, owner } = place;
  const { uid, email } = await done(createApiUser(administration, operator, { oid, name: 'sync' }));
  const theirs = await organizationOf(stranger, 'theirs');
  const gid = await groupOf(stranger, theirs);
  for (const named of [uid, email]) {
    const form = { member_email: named };
    for (const list of ['users', 'owners']) {
      expect((await stranger.call('POST', `/v1/groups/${gid}/${list}`, { form })).status).toBe(404);
    }
  }
  expect((await owner('POST', `/v1/orgs/${oid}/api_users/${uid}/key`)).status).toBe(200);
  expect((await owner('POST', `/v1/orgs/${oid}/api_users/${uid}/deactivate`)).status).toBe(200);
});

it('a uid tells no address: not to a group, nor to an organization that has only offered', async () => {
  const theirs = await organizationOf(stranger, 'theirs');
  const gid = await groupOf(stranger, theirs);
  await stranger.call('POST', `/v1/groups/${gid}/users`, { form: { member_email: victim.uid } });
  await stranger.call('POST', `/v1/groups/${gid}/owners`, { form: { member_email: victim.uid } });
  await victim.call('POST', `/v1/groups/${gid}/permissions`, { form: { perm: 'dr.list' } });
  const told = await Promise.all([
    stranger.call('GET', `/v1/groups/${gid}`),
    stranger.call('GET', `/v1/groups/${gid}/logs`),
    stranger.call('GET', `/v1/orgs/${theirs}/audit`),
    stranger.call('GET', `/v1/orgs/${theirs}/users`),
  ]);
  for (const { status, body } of told) {
    expect(status).toBe(200);
    expect(JSON.stringify(body)).not.toContain(victim.email);
  }
  expect(told[0]?.body.group).toMatchObject({ members: [victim.uid] });
  // Whoever gave the address is shown it.
  const other = await groupOf(stranger);
  await stranger.call('POST', `/v1/groups/${other}/users`, { form: { member_email: victim.email } });
  expect((await stranger.call('GET', `/v1/groups/${other}`)).body.group).toMatchObject({ members: [victim.email] });
  const users = `/v1/orgs/${theirs}/users`;
  await stranger.call('POST', users, { form: { email: victim.email } });
  const listed = (await stranger.call('GET', `${users}/permissions`)).body;
  expect(listed).toMatchObject({ offered: [victim.email], user_permissions: { [victim.email]: [] } });
});

it('an exchange that names an organization accepts what it offers, by a secret of a whole credential', async () => {
  const theirs = await organizationOf(stranger, 'theirs');
  const unknown = await exchange(victim, { oid: theirs });
  expect(unknown).toMatchObject({ status: 401, body: { code: 'ERR_KEY_INVALID' } });
  await stranger.call('POST', `/v1/orgs/${theirs}/users`, { form: { email: victim.email } });
  const made = await victim.call('POST', '/v1/user/keys', { form: { key_name: 'agent[segment]' } });
  const segmented = { ...victim, key: made.text('api_key') };
  expect((await exchange(segmented, { oid: theirs })).body).toEqual(unknown.body);
  expect((await exchange(victim)).status).toBe(200);
  expect((await victim.call('GET', '/v1/user/orgs')).body).toMatchObject({ total: 1 });
  expect((await exchange(victim, { oid: theirs })).status).toBe(200);
  expect((await victim.call('GET', '/v1/user/orgs')).body).toMatchObject({ total: 2 });
  expect((await exchange(segmented, { oid: theirs })).status).toBe(200);
  expect((await victim.call('DELETE', `/v1/user/invitations/${theirs}`)).status).toBe(200);
  expect((await exchange(victim, { oid: theirs })).body).toEqual(unknown.body);
});

it('invitations are listed, declined and accepted by their user', async () => {
  const theirs = await organizationOf(stranger, 'theirs');
  const users = `/v1/orgs/${theirs}/users`;
  await stranger.call('POST', users, { form: { email: victim.email } });
  const form = { uid: victim.uid, secret: victim.key, perms: 'dr.list' };
  const narrowed = bearerWith(place.running, (await place.organizationCaller('POST', '/jwt', { form })).text('jwt'));
  expect((await narrowed('GET', '/v1/user/invitations')).body).toMatchObject({ code: 'ERR_USER_REQUIRED' });
  const { invitations } = (await victim.call('GET', '/v1/user/invitations')).body;
  expect(invitations).toEqual([
    { oid: theirs, name: 'theirs', role: 'member', made: expect.any(Number), ends: expect.any(Number) },
  ]);
  const at = `/v1/user/invitations/${theirs}`;
  expect((await place.organizationCaller('POST', at)).status).toBe(401);
  expect((await stranger.call('DELETE', at)).body).toMatchObject({ code: 'ERR_LAST_OWNER' });
  expect((await victim.call('DELETE', at)).body).toMatchObject({ success: true });
  expect((await victim.call('GET', '/v1/user/invitations')).body).toEqual({ invitations: [] });
  expect((await victim.call('POST', at)).body).toMatchObject({ code: 'ERR_NOT_FOUND' });
  expect((await stranger.call('POST', users, { form: { email: victim.email } })).status).toBe(400);
});
