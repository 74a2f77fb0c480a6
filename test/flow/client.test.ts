import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ApiUserEntry,
  type AuditEntry,
  createClient,
  FlairgateClientError,
  type GrantedPermissions,
  type GroupAnswer,
  type InvitationEntry,
  type KeyChange,
  type KeyEntry,
  type Member,
  type PolicyAnswer,
  type RoleAnswer,
  type SuccessAnswer,
  type WhoAnswer,
} from '@flairgate/client';
import { memoryStore } from '@flairgate/core';
import { createKey, createOrganization } from '@flairgate/core/administration';
import type { Store } from '@flairgate/core/store';
import { sqliteStore } from '@flairgate/stores/sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerFixture, startServerFixture } from './caller.ts';
import { refusalsWritten } from './refusals-written.ts';
import { done, operator } from './running-service.ts';

const text = expect.any(String);
const number = expect.any(Number);
const changed = { success: true, everywhereBy: number } satisfies SuccessAnswer;

/** Every answer is compared whole with a value of the wire's type: a member too many or too few fails one of the two. */
const stores: Readonly<Record<string, () => Promise<{ readonly store: Store; readonly clean: () => Promise<void> }>>> =
  {
    memory: async () => ({ store: await memoryStore(), clean: async () => undefined }),
    SQLite: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'flairgate-client-'));
      const store = await sqliteStore({ file: join(folder, 'flairgate.db') });
      return { store, clean: () => rm(folder, { recursive: true, force: true }) };
    },
  };

async function all<T>(entries: AsyncIterable<T>): Promise<readonly T[]> {
  const read: T[] = [];
  for await (const entry of entries) read.push(entry);
  return read;
}

async function failure(call: Promise<unknown>): Promise<FlairgateClientError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason) => reason,
  );
  if (error instanceof FlairgateClientError) return error;
  throw new Error('the call did not fail as it should', { cause: error });
}

describe.each(Object.keys(stores))('a client of a real service on %s', (name) => {
  let place: ServerFixture;
  let clean: () => Promise<void>;
  let owner: ReturnType<typeof createClient>;
  let manager: ReturnType<typeof createClient>;

  beforeAll(async () => {
    const opened = await stores[name]?.();
    if (opened === undefined) throw new Error(`no store ${name}`);
    clean = opened.clean;
    place = await startServerFixture(opened.store);
    const { url } = place.running;
    owner = createClient({ url, credential: { kind: 'user-key', uid: place.uid, key: place.userKey.text } });
    manager = createClient({
      url,
      credential: { kind: 'organization-key', oid: place.oid, key: place.organizationKey.text },
    });
  });

  afterAll(async () => {
    await place.close();
    await clean();
  });

  it('a client of a real service says who it is, by token and by key', async () => {
    const { url } = place.running;
    const expected = { ident: text, orgs: [place.oid], perms: expect.any(Array) } satisfies WhoAnswer;
    const byToken = await manager.who();
    expect(byToken).toEqual(expected);
    expect('perms' in byToken ? byToken.perms : []).toContain('apikey.ctrl');
    const plain = createClient({ url, credential: { kind: 'key', key: place.organizationKey.text } });
    expect(await plain.who()).toEqual(byToken);
    const none = createClient({
      url,
      credential: { kind: 'user-key', uid: place.uid, key: place.userKey.text, oid: '-' },
    });
    expect(await none.who()).toEqual({ ident: text, user_perms: {} } satisfies WhoAnswer);
    expect((await manager.token()).split('.')).toHaveLength(3);
  });

  it('a client of a real service lists every permission without a credential', async () => {
    const { perms, permissions, presets } = await manager.catalogue();
    expect(presets).toContainEqual({ name: 'Go Live', perms: expect.arrayContaining(['output.set', 'sensor.task']) });
    expect(permissions.map((entry) => entry.name)).toEqual(perms);
    expect(permissions.find((entry) => entry.name === 'apikey.ctrl')).toEqual({
      name: 'apikey.ctrl',
      description: text,
      privileged: true,
    });
  });

  it('a client of a real service lists, makes, reads and deletes organizations', async () => {
    const oid = await owner.organizations.create({ name: 'Second' }, { idempotencyKey: 'second' });
    expect(await owner.organizations.create({ name: 'Second' }, { idempotencyKey: 'second' })).toBe(oid);
    const { orgs, total } = await owner.organizations.list({ filter: 'SEC', sortBy: 'name', descending: true });
    expect({ orgs, total }).toEqual({ orgs: [{ oid, name: 'Second' }], total: 1 });
    expect(await owner.organizations.read(oid)).toEqual({
      oid,
      name: 'Second',
      description: '',
      loc: text,
      created: number,
    });
    expect(await owner.organizations.revokeTokens(oid)).toEqual(changed);
    expect(await owner.organizations.delete(oid)).toEqual(changed);
  });

  it('a client of a real service lives the life of an organization key', async () => {
    const expires = Math.floor(Date.now() / 1000) + 86_400;
    const made = await manager.organizationKeys.create(
      place.oid,
      { name: 'vendor[segment]', permissions: ['dr.list'], ranges: ['127.0.0.0/8'], expires, description: 'for them' },
      { idempotencyKey: 'vendor' },
    );
    expect(made).toEqual({ api_key: text, key_hash: text });
    const entry = {
      name: 'vendor[segment]',
      priv: ['dr.list'],
      grants: ['dr.list'],
      by: text,
      oid: place.oid,
      flairs: ['segment'],
      created: number,
      expires,
      disabled: false,
      description: 'for them',
      allowed_ip_range: '127.0.0.0/8',
      last_used: null,
      secrets: [{ created: number, last_used: null, ends: null }],
      etag: text,
    } satisfies KeyEntry;
    const listed = (await manager.organizationKeys.list(place.oid))[made.key_hash];
    expect(listed).toEqual(entry);
    const etag = listed?.etag ?? '';
    const update = (change: KeyChange) => manager.organizationKeys.update(place.oid, made.key_hash, change, { etag });
    expect(await update({ description: null, ranges: ['127.0.0.0/24'] })).toEqual({
      ...entry,
      key_hash: made.key_hash,
      description: null,
      allowed_ip_range: '127.0.0.0/24',
      everywhereBy: number,
    });
    expect(await failure(update({ permissions: [] }))).toMatchObject({ status: 412, code: 'ERR_ETAG_MISMATCH' });
    const again = manager.organizationKeys.create(
      place.oid,
      { name: 'vendor[segment]', permissions: ['dr.list'], ranges: ['127.0.0.0/8'], expires, description: 'for them' },
      { idempotencyKey: 'vendor' },
    );
    expect(await failure(again)).toMatchObject({ status: 409, code: 'ERR_REPLAYED', keyHash: made.key_hash });
    const once = { idempotencyKey: 'turn' };
    const rotated = await manager.organizationKeys.rotate(place.oid, made.key_hash, { overlapSeconds: 60 }, once);
    const twice = manager.organizationKeys.rotate(place.oid, made.key_hash, { overlapSeconds: 60 }, once);
    expect(await failure(twice)).toMatchObject({ code: 'ERR_REPLAYED', keyHash: made.key_hash });
    expect(rotated).toEqual({ api_key: text, key_hash: made.key_hash, old_ends: number, everywhereBy: number });
    expect(rotated.api_key).not.toBe(made.api_key);
    const vendor = createClient({ url: place.running.url, credential: { kind: 'key', key: rotated.api_key } });
    expect(await vendor.who()).toMatchObject({ perms: ['dr.list'] });
    expect(await manager.organizationKeys.disable(place.oid, made.key_hash)).toEqual(changed);
    expect((await manager.organizationKeys.list(place.oid))[made.key_hash]?.disabled).toBe(true);
    expect(await manager.organizationKeys.enable(place.oid, made.key_hash)).toEqual(changed);
    expect((await manager.organizationKeys.list(place.oid))[made.key_hash]?.disabled).toBe(false);
    expect(await manager.organizationKeys.revoke(place.oid, made.key_hash)).toEqual(changed);
    expect(await failure(vendor.who())).toMatchObject({ status: 401, code: 'ERR_KEY_INVALID' });
    expect((await manager.organizationKeys.list(place.oid))[made.key_hash]).toBeUndefined();
    const revoked = await manager.organizationKeys.listRevoked(place.oid);
    expect(revoked[made.key_hash]).toMatchObject({ name: 'vendor[segment]', revoked: number });
    expect(Object.values(revoked).every((one) => one.revoked !== undefined)).toBe(true);
  });

  it('a client of a real service is told what is wrong, and what is missing', async () => {
    const misspelt = await failure(manager.organizationKeys.create(place.oid, { name: 'a[segement]' }));
    expect(misspelt).toMatchObject({ status: 400, code: 'ERR_VALIDATION' });
    expect(misspelt.issues).toEqual([{ field: 'key_name', message: expect.stringContaining('[segment]') }]);
    expect(misspelt.message).toContain('[segment]');
    const refused = await failure(manager.apiUsers.list(place.oid));
    expect(refused).toMatchObject({ status: 401, code: 'ERR_PERMISSION_MISSING', missing: ['user.ctrl'] });
    expect(await failure(manager.groups.list())).toMatchObject({ code: 'ERR_USER_REQUIRED' });
    const wrong = createClient({
      url: place.running.url,
      credential: { kind: 'organization-key', oid: place.oid, key: 'wrong' },
    });
    expect(await failure(wrong.who())).toMatchObject({ status: 401, code: 'ERR_KEY_INVALID' });
  });

  it('a client of a real service makes and ends keys of a user, and ingestion keys', async () => {
    const own = await owner.userKeys.create({ name: 'tablet' });
    expect(own).toEqual({ api_key: text, key_hash: text });
    expect((await owner.userKeys.list())[own.key_hash]).toMatchObject({ name: 'tablet', flairs: [] });
    expect(await owner.userKeys.revoke(own.key_hash)).toEqual(changed);
    expect(await manager.ingestionKeys.create(place.oid, { name: 'probe' })).toEqual({ name: 'probe', key: text });
    expect(Object.keys(await manager.ingestionKeys.list(place.oid))).toEqual(['probe']);
    expect(await manager.ingestionKeys.revoke(place.oid, 'probe')).toEqual(changed);
    expect(await manager.ingestionKeys.list(place.oid)).toEqual({});
  });

  it('a client of a real service manages users, roles and permissions', async () => {
    const email = 'bob@acme.example';
    expect(await owner.users.invite(place.oid, email)).toEqual({ success: true, users: [email] });
    expect(await all(owner.users.list(place.oid))).toContain(email);
    const granted = await owner.users.grant(place.oid, email, ['dr.list', 'dr.set']);
    expect(granted).toEqual({ permissions: ['dr.list', 'dr.set'], etag: text } satisfies GrantedPermissions);
    const taken = await owner.users.take(place.oid, email, ['dr.set'], { etag: granted.etag });
    expect(taken).toEqual({ permissions: ['dr.list'], etag: text });
    const members = await owner.users.members(place.oid);
    const member = {
      email,
      role: 'member',
      permissions: ['dr.list'],
      accepted: false,
      etag: taken.etag,
    } satisfies Member;
    expect(members.find((one) => one.email === email)).toEqual(member);
    expect(members.find((one) => one.email === 'ann@acme.example')?.role).toBe('owner');
    const late = owner.users.setRole(place.oid, email, 'Viewer', { etag: granted.etag });
    expect(await failure(late)).toMatchObject({ status: 412, code: 'ERR_ETAG_MISMATCH' });
    const given = await owner.users.setRole(place.oid, email, 'Viewer');
    const permissions = expect.arrayContaining(['dr.list']);
    const role = { success: true, role: 'Viewer', permissions, etag: text, everywhereBy: number } satisfies RoleAnswer;
    expect(given).toEqual(role);
    expect(await owner.users.remove(place.oid, email)).toEqual({ ...changed, users: [email] });
    const last = await failure(owner.users.remove(place.oid, 'ann@acme.example'));
    expect(last).toMatchObject({ status: 409, code: 'ERR_LAST_OWNER' });
  });

  it('a client of a real service shows a user what organizations offer, and accepts or declines it', async () => {
    const dave = await place.person(`dave-${name.toLowerCase()}`);
    const { url } = place.running;
    const own = createClient({ url, credential: { kind: 'user-key', uid: dave.uid, key: dave.key, oid: '-' } });
    await owner.users.invite(place.oid, dave.email);
    const offer = { oid: place.oid, name: text, role: 'member', made: number, ends: number } satisfies InvitationEntry;
    expect(await all(own.invitations.list())).toEqual([offer]);
    const accepted = async () => (await owner.users.members(place.oid)).find(({ email }) => email === dave.email);
    expect(await accepted()).toMatchObject({ accepted: false });
    expect(await own.invitations.accept(place.oid)).toEqual(changed);
    expect(await accepted()).toMatchObject({ accepted: true });
    expect(await all(own.invitations.list())).toEqual([]);
    expect(await own.invitations.decline(place.oid)).toEqual(changed);
    expect(await accepted()).toBeUndefined();
    expect(await failure(own.invitations.accept(place.oid))).toMatchObject({ status: 404 });
  });

  it('a client of a real service manages groups, nested ones too', async () => {
    const { email } = await place.person(`carol-${name.toLowerCase()}`, []);
    const gid = await owner.groups.create({ name: 'staff' });
    const child = await owner.groups.create({ name: 'night shift' });
    await owner.groups.addMember(gid, email);
    await owner.groups.addOwner(gid, email);
    await owner.groups.attach(gid, place.oid);
    await owner.groups.setPermissions(gid, ['dr.list']);
    await owner.groups.nest(gid, child);
    const whole = {
      gid,
      group_id: gid,
      name: 'staff',
      owners: expect.arrayContaining(['ann@acme.example', email]),
      members: [email],
      perms: ['dr.list'],
      orgs: [{ org_id: place.oid, org_name: 'acme' }],
      groups: [child],
    } satisfies GroupAnswer;
    const { group, etag } = await owner.groups.read(gid);
    expect(group).toEqual(whole);
    expect(await owner.groups.list()).toEqual(expect.arrayContaining([{ gid, name: 'staff' }]));
    const stale = owner.groups.setPermissions(gid, ['dr.set'], { etag: String(Number(etag) + 9) });
    expect(await failure(stale)).toMatchObject({ status: 412, code: 'ERR_ETAG_MISMATCH' });
    expect(await failure(owner.groups.nest(child, gid))).toMatchObject({ code: 'ERR_GROUP_CYCLE' });
    await owner.groups.unnest(gid, child);
    await owner.groups.removeOwner(gid, email);
    await owner.groups.removeMember(gid, email);
    await owner.groups.detach(gid, place.oid);
    const log = await all(owner.groups.log(gid));
    expect(log.length).toBeGreaterThan(8);
    expect(await owner.groups.delete(gid)).toEqual(changed);
  });

  it('a client of a real service manages API users, their one key and policies, which count at the next request', async () => {
    const uid = await owner.apiUsers.create(place.oid, { name: 'importer' });
    const gid = await owner.groups.create({ name: 'importers' });
    await owner.groups.attach(gid, place.oid);
    await owner.groups.addMember(gid, uid);
    const { api_key: key, key_hash: keyHash } = await owner.apiUsers.replaceKey(place.oid, uid, { name: 'importer' });
    const user = {
      uid,
      name: 'importer',
      email: text,
      active: true,
      key_hash: keyHash,
      groups: [gid],
      etag: text,
    } satisfies ApiUserEntry;
    expect(await owner.apiUsers.read(place.oid, uid)).toEqual(user);
    expect(await owner.apiUsers.list(place.oid)).toEqual([user]);
    const importer = createClient({ url: place.running.url, credential: { kind: 'key', key } });
    const grants = { [gid]: { company: ['add', 'read'] } } as const;
    const policy = { name: 'sales', grants, etag: text } satisfies PolicyAnswer;
    const first = await owner.policies.put(place.oid, 'sales', grants);
    expect(first).toEqual({ ...policy, everywhereBy: number });
    expect(await owner.policies.list(place.oid)).toEqual([policy]);
    expect(await importer.who()).toMatchObject({ perms: ['company.add', 'company.read'] });
    await owner.policies.put(place.oid, 'sales', { [gid]: { company: ['read'] } }, { etag: first.etag });
    expect(await importer.who()).toMatchObject({ perms: ['company.read'] });
    const stale = owner.policies.put(place.oid, 'sales', grants, { etag: first.etag });
    expect(await failure(stale)).toMatchObject({ status: 412 });
    expect(await owner.policies.delete(place.oid, 'sales')).toEqual(changed);
    expect(await importer.who()).toMatchObject({ perms: [] });
    expect(await owner.apiUsers.revokeKey(place.oid, uid)).toEqual(changed);
    expect(await owner.apiUsers.deactivate(place.oid, uid)).toEqual(changed);
    expect(await owner.apiUsers.activate(place.oid, uid)).toEqual(changed);
    expect(await owner.apiUsers.delete(place.oid, uid)).toEqual(changed);
  });

  it('a client of a real service reads the audit through all of its pages, with the reason that was given', async () => {
    await refusalsWritten(place);
    await owner.organizations.revokeTokens(place.oid, { reason: 'a laptop was lost' });
    const whole = await all(owner.audit.entries(place.oid));
    const inPages = await all(owner.audit.entries(place.oid, { limit: 3 }));
    expect(whole.length).toBeGreaterThan(20);
    expect(inPages.map(({ id }) => id)).toEqual(whole.map(({ id }) => id));
    const entry = {
      id: text,
      time: number,
      ident: text,
      actor: text,
      action: text,
      target: text,
      address: '127.0.0.1',
      outcome: text,
      details: expect.objectContaining({ reason: 'a laptop was lost' }),
    } satisfies AuditEntry;
    expect(whole[0]).toEqual(entry);
    const page = await owner.audit.page(place.oid, { limit: 2 });
    expect(page.events).toHaveLength(2);
    expect(await owner.audit.page(place.oid, { limit: 2, cursor: page.next_cursor ?? '' })).toMatchObject({
      events: whole.slice(2, 4),
    });
  });

  it('a client of a real service acts in one organization if it is told to', async () => {
    const { oid } = await done(createOrganization(place.administration, operator, { name: 'other' }));
    const stranger = createClient({
      url: place.running.url,
      credential: { kind: 'user-key', uid: place.uid, key: place.userKey.text, oid: place.oid },
    });
    expect(await stranger.who()).toMatchObject({ orgs: [place.oid] });
    const owned = { kind: 'organization', oid } as const;
    await done(createKey(place.administration, operator, { owner: owned, name: 'theirs' }));
    expect(await failure(stranger.organizationKeys.list(oid))).toMatchObject({ code: 'ERR_PERMISSION_MISSING' });
  });
});
