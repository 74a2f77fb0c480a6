import {
  type Actor,
  acceptInvitation,
  addGroupMember,
  addGroupOrganization,
  createApiUser,
  createGroup,
  createKey,
  deleteOrganization,
  joinUser,
  listUserKeys,
  listUserOrganizations,
  putPolicy,
  readAudit,
  readOrganization,
  replaceApiUserKey,
  revokeTokens,
  revokeUserKey,
  setGroupPermissions,
  updateOrganization,
} from '@flairgate/core/administration';
import { schema, type TableName } from '@flairgate/core/store';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type AdministrationFixture,
  must,
  OPERATOR,
  openAdministrationFixture,
  organizationKey,
  refusal,
} from './fixture.js';
import { makeOrganization, makePerson, type Person } from './people.js';

let setting: AdministrationFixture;
let oid: string;
let owner: Person;

beforeEach(async () => {
  setting = await openAdministrationFixture();
  oid = await makeOrganization(setting);
  owner = await makePerson(setting, 'owner', oid, 'owner');
});

/** Tables with a row that says something of this id. */
async function tablesNaming(id: string): Promise<readonly TableName[]> {
  const tables = Object.keys(schema).filter((name): name is TableName => name in schema);
  return setting.store.read(async (tx) => {
    const named: TableName[] = [];
    for (const table of tables) if (JSON.stringify(await tx.find(table, {})).includes(id)) named.push(table);
    return named;
  });
}

describe('deleting an organization', () => {
  it('deleting an organization ends exactly what hung on it, at once and as one change', async () => {
    const { context } = setting;
    const actor = await owner.actor();
    const other = await makeOrganization(setting, 'Other');
    must(await joinUser(context, OPERATOR, { uid: owner.uid, oid: other, permissions: ['dr.list'] }));
    const key = await organizationKey(setting, oid, 'vendor', ['dr.list']);
    const api = must(await createApiUser(context, actor, { oid, name: 'sync' })).uid;
    const apiKey = must(await replaceApiUserKey(context, actor, { oid, uid: api }));
    const { gid } = must(await createGroup(context, actor, { name: 'Group' }));
    const member = await makePerson(setting, 'member');
    must(await setGroupPermissions(context, actor, { gid, permissions: ['dr.list'] }));
    must(await addGroupOrganization(context, actor, { gid, oid }));
    must(await addGroupMember(context, actor, { gid, email: member.email }));
    must(await putPolicy(context, actor, { oid, name: 'objects', grants: { [gid]: { company: ['read'] } } }));
    must(await acceptInvitation(context, await member.actor(), { oid }));
    expect(await member.permissions(oid)).toEqual(['company.read', 'dr.list']);
    await setting.principal(key.text);
    const { applied } = setting.authenticator.revision;
    must(await deleteOrganization(context, actor, { oid }));
    expect(setting.authenticator.revision.applied).toBe(applied + 1);
    await expect(setting.principal(key.text)).rejects.toThrow('unknown');
    await expect(setting.principal(apiKey.text)).rejects.toThrow('unknown');
    expect(await member.permissions(oid)).toBeUndefined();
    expect(await owner.permissions(oid)).toBeUndefined();
    expect(await owner.permissions(other)).toEqual(['dr.list']);
    expect(await tablesNaming(oid)).toEqual(['change', 'audit']);
  });

  it('deleting an organization is for an owner who is not narrowed and holds org.del', async () => {
    const { context } = setting;
    const key = await organizationKey(setting, oid, 'all[root]', ['org.del']);
    expect(refusal(await deleteOrganization(context, await setting.actor(key.text), { oid }))).toBe(
      'ERR_ESCALATION owner',
    );
    const member = await makePerson(setting, 'member', oid, ['org.get']);
    expect(refusal(await deleteOrganization(context, await member.actor(), { oid }))).toBe('ERR_PERMISSION_MISSING');
    expect(must(await readOrganization(context, await member.actor(), { oid })).name).toBe('Acme');
  });
});

describe('changing an organization', () => {
  const change = async (actor: Actor, input: { name?: string; description?: string | null }) =>
    updateOrganization(setting.context, actor, { oid, ...input });
  const read = async () => must(await readOrganization(setting.context, await owner.actor(), { oid }));

  it('changing an organization gives it another name or description, and leaves the other as it is', async () => {
    const { text } = await organizationKey(setting, oid, 'manager', ['org.conf.set']);
    must(await change(await setting.actor(text), { description: 'About\nAcme' }));
    expect(await read()).toMatchObject({ name: 'Acme', description: 'About\nAcme' });
    must(await change(await owner.actor(), { name: 'Acme Group' }));
    expect(await read()).toMatchObject({ name: 'Acme Group', description: 'About\nAcme' });
    must(await change(await owner.actor(), { description: '' }));
    expect(await read()).toMatchObject({ name: 'Acme Group', description: null });
    const { entries } = must(await readAudit(setting.context, await owner.actor(), { oid }));
    const changes = entries.filter(({ action }) => ['org.rename', 'org.describe'].includes(action));
    expect(changes.map(({ action, actorName }) => `${action} ${actorName}`).sort()).toEqual([
      'org.describe manager',
      "org.describe owner's laptop@owner@example.com",
      "org.rename owner's laptop@owner@example.com",
    ]);
  });

  it('changing an organization is refused without org.conf.set there, to a segmented key, and for what is no text', async () => {
    const elsewhere = await makeOrganization(setting, 'Other');
    const [reader, other, segmented] = await Promise.all([
      organizationKey(setting, oid, 'reader', ['org.get', 'org.conf.get', 'org.del']),
      organizationKey(setting, elsewhere, 'other', ['org.conf.set']),
      organizationKey(setting, oid, 'vendor[segment]', ['org.conf.set']),
    ]);
    const refusedTo = async ({ text }: { text: string }) =>
      refusal(await change(await setting.actor(text), { name: 'Mine', description: 'Mine' }));
    expect(await refusedTo(reader)).toBe('ERR_PERMISSION_MISSING');
    expect(await refusedTo(other)).toBe('ERR_PERMISSION_MISSING');
    expect(await refusedTo(segmented)).toBe('ERR_ESCALATION segment');
    const actor = await owner.actor();
    for (const input of [
      {},
      { name: '' },
      { name: ' x' },
      { description: 'x'.repeat(1025) },
      { description: '\u202e' },
    ]) {
      expect(refusal(await change(actor, input))).toBe('ERR_VALIDATION');
    }
    expect(await read()).toMatchObject({ name: 'Acme', description: null });
  });
});

describe('ending every token of an organization', () => {
  it('ending every token of an organization is one change of its scope, and leaves keys as they are', async () => {
    const { context, store } = setting;
    const key = await organizationKey(setting, oid, 'key', ['apikey.ctrl']);
    const before = (await store.read((tx) => tx.find('change', {}))).length;
    must(await revokeTokens(context, await setting.actor(key.text), { oid }));
    const changes = await store.read((tx) => tx.find('change', {}));
    expect(changes.slice(before).map(({ scope, id }) => ({ scope, id }))).toEqual([{ scope: 'org', id: oid }]);
    expect((await setting.principal(key.text)).in(oid)?.permissions).toEqual(['apikey.ctrl']);
  });

  it('ending every token of an organization is for holders of apikey.ctrl that are not segmented', async () => {
    const attempt = async (name: string, permissions: string[]) => {
      const { text } = await organizationKey(setting, oid, name, permissions);
      return refusal(await revokeTokens(setting.context, await setting.actor(text), { oid }));
    };
    expect(await attempt('reader', ['dr.list'])).toBe('ERR_PERMISSION_MISSING');
    expect(await attempt('vendor[segment]', ['apikey.ctrl'])).toBe('ERR_ESCALATION segment');
  });
});

describe("a user's own keys", () => {
  it("a user's own keys are listed and ended by the user alone", async () => {
    const { context } = setting;
    const made = must(
      await createKey(context, await owner.actor(), { owner: { kind: 'user', uid: owner.uid }, name: 'second' }),
    );
    const names = async (by: Person) =>
      must(await listUserKeys(context, await by.actor())).entries.map(({ key }) => key.name);
    expect((await names(owner)).sort()).toEqual(["owner's laptop", 'second']);
    const stranger = await makePerson(setting, 'stranger', oid, ['apikey.ctrl']);
    expect(refusal(await revokeUserKey(context, await stranger.actor(), made))).toBe('ERR_NOT_FOUND');
    must(await revokeUserKey(context, await owner.actor(), made));
    await expect(setting.principal(made.text)).rejects.toThrow('revoked');
    const key = await organizationKey(setting, oid, 'key', ['apikey.ctrl']);
    expect(refusal(await listUserKeys(context, await setting.actor(key.text)))).toBe('ERR_USER_REQUIRED');
  });

  it("a user's own keys keep the bounds of the key they are made with, in organizations to come too", async () => {
    const { context, clock } = setting;
    const alone = await makePerson(setting, 'alone');
    const key = async (name: string, more: { expiresAt?: number } = {}, by = alone.text) => {
      const input = { owner: { kind: 'user', uid: alone.uid }, name, ...more } as const;
      return createKey(context, await setting.actor(by), input);
    };
    const bounded = must(await key('bounded', { expiresAt: clock.wall() + 60_000 }));
    expect(refusal(await key('free', {}, bounded.text))).toBe('ERR_ESCALATION expiry');
    must(await key('kept', { expiresAt: clock.wall() + 1000 }, bounded.text));
    const cut = must(await key('cut[segment]'));
    expect(refusal(await key('free[segment]', {}, cut.text))).toBe('ERR_USER_REQUIRED');
    expect(refusal(await listUserKeys(context, await setting.actor(cut.text)))).toBe('ERR_USER_REQUIRED');
  });
});

describe("a user's organizations", () => {
  it("a user's organizations are filtered, sorted and cut into pages", async () => {
    const { context } = setting;
    for (const name of ['beta', 'Alpha', 'gamma']) {
      const more = await makeOrganization(setting, name);
      must(await joinUser(context, OPERATOR, { uid: owner.uid, oid: more, permissions: [] }));
    }
    const names = async (input: Parameters<typeof listUserOrganizations>[2]) => {
      const { organizations, total } = must(await listUserOrganizations(context, await owner.actor(), input));
      return [total, ...organizations.map(({ name }) => name)];
    };
    expect(await names({})).toEqual([4, 'Acme', 'Alpha', 'beta', 'gamma']);
    expect(await names({ filter: 'A', descending: true, limit: 2 })).toEqual([4, 'gamma', 'beta']);
    expect(await names({ filter: 'alp' })).toEqual([1, 'Alpha']);
    expect(await names({ offset: 3 })).toEqual([4, 'gamma']);
    expect(refusal(await listUserOrganizations(context, await owner.actor(), { limit: 0 }))).toBe('ERR_VALIDATION');
  });
});

describe('the audit', () => {
  it('the audit is read in pages from the newest back, whatever is written meanwhile', async () => {
    const { context } = setting;
    for (let at = 0; at < 5; at++) await organizationKey(setting, oid, `key ${at}`);
    const actor = await owner.actor();
    const all = must(await readAudit(context, actor, { oid })).entries.map(({ id }) => id);
    expect(all).toEqual(all.toSorted().reverse());
    const first = must(await readAudit(context, actor, { oid, limit: 3 }));
    await organizationKey(setting, oid, 'meanwhile');
    const rest = must(await readAudit(context, actor, { oid, cursor: first.cursor }));
    expect([...first.entries, ...rest.entries].map(({ id }) => id)).toEqual(all);
    expect(rest.cursor).toBeUndefined();
  });

  it('the audit is closed to another organization, and cursors to other lists', async () => {
    const { context } = setting;
    const other = await makeOrganization(setting, 'Other');
    const actor = await owner.actor();
    for (const elsewhere of [other, null]) {
      expect(refusal(await readAudit(context, actor, { oid: elsewhere }))).toBe('ERR_PERMISSION_MISSING');
    }
    must(await joinUser(context, OPERATOR, { uid: owner.uid, oid: other, permissions: ['audit.get'] }));
    const { cursor } = must(await readAudit(context, await owner.actor(), { oid, limit: 1 }));
    expect(refusal(await readAudit(context, await owner.actor(), { oid: other, cursor }))).toBe('ERR_VALIDATION');
  });

  it('the audit shows a segmented key what it did itself', async () => {
    const { context } = setting;
    const vendor = await organizationKey(setting, oid, 'vendor[segment]', ['apikey.ctrl', 'audit.get']);
    const actor = await setting.actor(vendor.text);
    must(await createKey(context, actor, { owner: { kind: 'organization', oid }, name: 'mine[segment]' }));
    const seen = must(await readAudit(context, actor, { oid })).entries;
    expect(seen.map(({ action, actorName }) => `${action} ${actorName}`)).toEqual(['key.create vendor[segment]']);
  });

  it('the audit tells why, where the actor said so', async () => {
    const { context } = setting;
    const principal = await setting.principal(owner.text);
    const actor = { kind: 'principal', principal, address: '192.0.2.1', reason: 'ticket 7' } as const;
    must(await createApiUser(context, actor, { oid, name: 'sync' }));
    const [newest] = must(await readAudit(context, actor, { oid, limit: 1 })).entries;
    expect(newest).toMatchObject({ action: 'api-user.create', address: '192.0.2.1', details: { reason: 'ticket 7' } });
  });
});

describe('an idempotency key', () => {
  const replay = (request: string, identity = 'me') => ({
    ...setting.context,
    replay: { identity, key: 'k', request },
  });

  it('an idempotency key makes one thing, and tells a repeat which', async () => {
    const actor = await owner.actor();
    const first = must(await createGroup(replay('r'), actor, { name: 'Group' }));
    expect(await createGroup(replay('r'), actor, { name: 'Group' })).toMatchObject({
      code: 'ERR_REPLAYED',
      members: { gid: first.gid },
    });
    const outcomes = await Promise.all(
      ['a', 'b'].map(() => createGroup(replay('r', 'else'), actor, { name: 'Other' })),
    );
    expect(outcomes.map(({ allowed }) => allowed).sort()).toEqual([false, true]);
    expect((await setting.store.read((tx) => tx.find('group', {}))).length).toBe(2);
  });

  it('an idempotency key never tells a secret again', async () => {
    const input = { owner: { kind: 'organization', oid }, name: 'key' } as const;
    const made = must(await createKey(replay('r'), await owner.actor(), input));
    const again = await createKey(replay('r'), await owner.actor(), input);
    expect(again).toMatchObject({ code: 'ERR_REPLAYED', members: { key_hash: made.keyId } });
    expect(JSON.stringify(again)).not.toContain(made.text);
    expect(await tablesNaming(made.text)).toEqual([]);
  });

  it('an idempotency key is good for one request of one identity, for a day, and not used up by a refusal', async () => {
    const actor = await owner.actor();
    expect(refusal(await createGroup(replay('r'), actor, { name: '' }))).toBe('ERR_VALIDATION');
    must(await createGroup(replay('r'), actor, { name: 'a' }));
    const other = await createGroup(replay('other'), actor, { name: 'b' });
    expect(other.allowed ? undefined : [other.code, other.members]).toEqual(['ERR_REPLAYED', {}]);
    must(await createGroup(replay('other', 'somebody else'), actor, { name: 'b' }));
    setting.clock.advance(24 * 3600 * 1000);
    must(await createGroup(replay('other'), await owner.actor(), { name: 'c' }));
  });
});
