import {
  acceptInvitation,
  addGroupMember,
  createApiUser,
  createGroup,
  createKey,
  deactivateUser,
  deleteGroup,
  deletePolicy,
  deleteUser,
  inviteUser,
  joinUser,
  listApiUsers,
  nestGroup,
  type PolicyGrants,
  putPolicy,
  readPolicy,
  removeGroupMember,
  replaceApiUserKey,
  revokeApiUserKey,
  rotateKey,
} from '@flairgate/core/administration';
import { apiUserName } from '@flairgate/core/internal';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type AdministrationFixture,
  must,
  OPERATOR,
  openAdministrationFixture,
  organizationKey,
  refusal,
} from '../fixture.js';
import { makeOrganization, makePerson, type Person } from '../people.js';
import { openTokens } from '../tokens.js';

let setting: AdministrationFixture;
let oid: string;
let owner: Person;
let uid: string;
let gid: string;

beforeEach(async () => {
  setting = await openAdministrationFixture();
  oid = await makeOrganization(setting);
  owner = await makePerson(setting, 'owner', oid, 'owner');
  const actor = await owner.actor();
  uid = must(await createApiUser(setting.context, actor, { oid, name: 'Invoice sync' })).uid;
  gid = must(await createGroup(setting.context, actor, { name: 'Integrations' })).gid;
  must(await addGroupMember(setting.context, actor, { gid, email: uid }));
});

async function replace(by: Person = owner, name?: string): Promise<string> {
  return must(await replaceApiUserKey(setting.context, await by.actor(), { oid, uid, name })).text;
}

async function put(grants: PolicyGrants, by: Person = owner) {
  return putPolicy(setting.context, await by.actor(), { oid, name: 'objects', grants });
}

const permissions = async (text: string) => (await setting.principal(text)).in(oid)?.permissions;

describe('an API user', () => {
  it('an API user has one key: a new one ends the old at once, and is the same identity', async () => {
    const first = await replace();
    const before = await setting.principal(first);
    expect(before.kind).toBe('api-user');
    const second = await replace();
    await expect(setting.principal(first)).rejects.toThrow('revoked');
    const after = await setting.principal(second);
    expect(after.identity).toBe(before.identity);
    expect(after.secretId).toBe(before.secretId);
    expect(must(await listApiUsers(setting.context, OPERATOR, { oid })).entries).toMatchObject([
      { uid, name: 'Invoice sync', active: true, keyId: after.keyId, groups: [gid] },
    ]);
  });

  it('an API user may have flairs by the name of its key, which its replacer must hold', async () => {
    const admin = await makePerson(setting, 'admin', oid, ['user.ctrl']);
    const outcome = await replaceApiUserKey(setting.context, await admin.actor(), { oid, uid, name: 'sync[bulk]' });
    expect(refusal(outcome)).toBe('ERR_ESCALATION bulk');
    expect((await setting.principal(await replace(owner, 'sync[segment]'))).in(oid)?.segment).toBe(true);
  });

  it('an API user keeps what is secret to it from a caller who is no owner and replaces its key', async () => {
    const admin = await makePerson(setting, 'admin', oid, ['user.ctrl']);
    const before = await setting.principal(await replace());
    const after = await setting.principal(await replace(admin));
    expect(after.identity).toBe(before.identity);
    expect(after.secretId).not.toBe(before.secretId);
  });

  it('an API user keeps what is secret to it when it replaces its key by the key, and not by a token of it', async () => {
    const { context } = setting;
    must(await joinUser(context, OPERATOR, { uid, oid, permissions: ['user.ctrl'] }));
    const first = await replace();
    const { secretId } = await setting.principal(first);
    const second = must(await replaceApiUserKey(context, await setting.actor(first), { oid, uid })).text;
    expect((await setting.principal(second)).secretId).toBe(secretId);
    const token = await openTokens(setting).actor({ uid, secret: second, oid });
    const third = must(await replaceApiUserKey(context, token, { oid, uid })).text;
    expect((await setting.principal(third)).secretId).not.toBe(secretId);
  });

  it('an API user does not replace its key by a secret that is being rotated out, or a token of one', async () => {
    const { context } = setting;
    must(await joinUser(context, OPERATOR, { uid, oid, permissions: ['user.ctrl'] }));
    const old = await replace();
    const { keyId = '' } = await setting.principal(old);
    const rotated = must(await rotateKey(context, await setting.actor(old), { oid, keyId, overlapSeconds: 600 })).text;
    const token = await openTokens(setting).actor({ uid, secret: old, oid });
    for (const actor of [await setting.actor(old), token]) {
      expect(refusal(await replaceApiUserKey(context, actor, { oid, uid }))).toBe('ERR_ESCALATION rotation');
    }
    expect((await setting.principal(rotated)).keyId).toBe(keyId);
  });

  it('an API user gets no key from a caller who holds less than it', async () => {
    must(await put({ [gid]: { company: ['read'] } }));
    const admin = await makePerson(setting, 'admin', oid, ['user.ctrl']);
    const outcome = await replaceApiUserKey(setting.context, await admin.actor(), { oid, uid });
    expect(refusal(outcome)).toBe('ERR_ESCALATION permissions');
  });

  it('an API user does not exist for other organizations and for holders of other permissions', async () => {
    const { context } = setting;
    const other = await makeOrganization(setting, 'Other');
    const stranger = await makePerson(setting, 'stranger', other, 'owner');
    const actor = await stranger.actor();
    expect(refusal(await replaceApiUserKey(context, actor, { oid: other, uid }))).toBe('ERR_NOT_FOUND');
    expect(refusal(await replaceApiUserKey(context, actor, { oid, uid }))).toBe('ERR_PERMISSION_MISSING');
    expect(refusal(await deactivateUser(context, actor, { oid: other, uid }))).toBe('ERR_NOT_FOUND');
    const member = await makePerson(setting, 'member', oid, ['dr.list']);
    const named = await replaceApiUserKey(context, await member.actor(), { oid, uid, name: 'x' });
    expect(refusal(named)).toBe('ERR_PERMISSION_MISSING');
    const own = await createKey(context, actor, { owner: { kind: 'user', uid }, name: 'x' });
    expect(refusal(own)).toBe('ERR_USER_REQUIRED');
    const people = await replaceApiUserKey(context, await owner.actor(), { oid, uid: member.uid });
    expect(refusal(people)).toBe('ERR_NOT_FOUND');
  });

  it('an API user ends with its key: revoked, deactivated, deleted', async () => {
    const { context } = setting;
    const first = await replace();
    must(await revokeApiUserKey(context, await owner.actor(), { oid, uid }));
    await expect(setting.principal(first)).rejects.toThrow('revoked');
    expect(refusal(await revokeApiUserKey(context, await owner.actor(), { oid, uid }))).toBe('ERR_NOT_FOUND');
    const second = await replace();
    must(await deactivateUser(context, await owner.actor(), { oid, uid }));
    await expect(setting.principal(second)).rejects.toThrow('revoked');
    must(await deleteUser(context, await owner.actor(), { oid, uid }));
    await expect(setting.principal(second)).rejects.toThrow('unknown');
    expect(must(await listApiUsers(context, OPERATOR, { oid })).entries).toEqual([]);
  });

  it('an API user has a name that is taken once in its organization, with the flairs of keys or none', async () => {
    const { context } = setting;
    const actor = await owner.actor();
    expect(refusal(await createApiUser(context, actor, { oid, name: 'Invoice sync' }))).toBe('ERR_NAME_TAKEN');
    expect(refusal(await createApiUser(context, actor, { oid, name: 'x[segement]' }))).toBe('ERR_VALIDATION');
    const other = await makeOrganization(setting, 'Other');
    const made = must(await createApiUser(context, OPERATOR, { oid: other, name: 'Invoice sync' }));
    expect(apiUserName(made)).toBe('Invoice sync');
  });
});

describe('a policy', () => {
  it('a policy grants at the next request, to groups inside its group too, and ends so', async () => {
    const { context } = setting;
    const actor = await owner.actor();
    const outer = must(await createGroup(context, actor, { name: 'Outer' })).gid;
    must(await nestGroup(context, actor, { gid: outer, child: gid }));
    const text = await replace();
    expect(await permissions(text)).toEqual([]);
    must(await put({ [outer]: { company: ['read'] } }));
    expect(await permissions(text)).toEqual(['company.read']);
    must(await put({ [outer]: { company: ['read', 'write'], deal: ['add'] } }));
    expect(await permissions(text)).toEqual(['company.read', 'company.write', 'deal.add']);
    must(await put({ [gid]: { company: ['delete'] } }));
    expect(await permissions(text)).toEqual(['company.delete']);
    must(await deletePolicy(context, actor, { oid, name: 'objects' }));
    expect(await permissions(text)).toEqual([]);
  });

  it('a policy ends with its group', async () => {
    const text = await replace();
    must(await put({ [gid]: { company: ['read'] } }));
    expect(await permissions(text)).toEqual(['company.read']);
    must(await deleteGroup(setting.context, await owner.actor(), { gid }));
    expect(await permissions(text)).toEqual([]);
    expect(must(await readPolicy(setting.context, OPERATOR, { oid, name: 'objects' })).grants).toEqual({});
  });

  it('a policy grants nothing its writer does not hold, and may be narrowed by any writer', async () => {
    const admin = await makePerson(setting, 'admin', oid, ['user.ctrl', 'company.read']);
    const theirs = { [gid]: { company: ['read'] } } as const;
    must(await put(theirs, admin));
    expect(refusal(await put({ [gid]: { company: ['read', 'write'] } }, admin))).toBe('ERR_ESCALATION permissions');
    must(await put({ [gid]: { company: ['read', 'write'] } }));
    must(await put(theirs, admin));
    expect(refusal(await put(theirs, await makePerson(setting, 'none', oid, ['company.read'])))).toBe(
      'ERR_PERMISSION_MISSING',
    );
  });

  it('a policy counts for every user who comes into the organization: no caller invites past it', async () => {
    const { context } = setting;
    must(await put({ [gid]: { company: ['read'] } }));
    const outsider = await makePerson(setting, 'outsider');
    must(await addGroupMember(context, await owner.actor(), { gid, email: outsider.email }));
    expect(await outsider.permissions(oid)).toBeUndefined();
    const admin = await makePerson(setting, 'admin', oid, ['user.ctrl']);
    const invite = async (by: Person) => inviteUser(context, await by.actor(), { oid, email: outsider.email });
    expect(refusal(await invite(admin))).toBe('ERR_ESCALATION permissions');
    must(await invite(owner));
    must(await acceptInvitation(context, await outsider.actor(), { oid }));
    expect(await outsider.permissions(oid)).toEqual(['company.read']);
    must(await removeGroupMember(context, await owner.actor(), { gid, email: outsider.email }));
    expect(await outsider.permissions(oid)).toEqual([]);
  });

  it('a policy names groups of the organization only, and object types and actions there are', async () => {
    const stranger = await makePerson(setting, 'stranger');
    const foreign = must(await createGroup(setting.context, await stranger.actor(), { name: 'Foreign' })).gid;
    for (const unknown of [foreign, '00000000-0000-4000-8000-000000000000', 'constructor']) {
      expect(refusal(await put({ [unknown]: { company: ['read'] } }))).toBe('ERR_VALIDATION');
    }
    for (const type of ['nothing', 'company.*', '__proto__', '']) {
      expect(refusal(await put({ [gid]: Object.fromEntries([[type, ['read'] as const]]) }))).toBe('ERR_VALIDATION');
    }
  });

  it('a policy is changed by the caller who saw it last: of two edits at once one is refused', async () => {
    const { context } = setting;
    const actor = await owner.actor();
    const edit = (version: string, ...actions: ('read' | 'write')[]) =>
      putPolicy(context, actor, { oid, name: 'objects', grants: { [gid]: { company: actions } }, version });
    expect(refusal(await edit('*', 'read'))).toBe('ERR_ETAG_MISMATCH');
    const version = String(must(await put({})).version);
    const outcomes = await Promise.all([edit(version, 'read'), edit(version, 'write')]);
    expect(outcomes.map((outcome) => (outcome.allowed ? 'put' : outcome.code)).sort()).toEqual([
      'ERR_ETAG_MISMATCH',
      'put',
    ]);
    const late = await deletePolicy(context, actor, { oid, name: 'objects', version });
    expect(refusal(late)).toBe('ERR_ETAG_MISMATCH');
  });

  it('a policy does not exist for a segmented key', async () => {
    const key = await organizationKey(setting, oid, 'vendor[segment]', ['user.ctrl', 'company.read']);
    const actor = await setting.actor(key.text);
    must(await put({}));
    expect(refusal(await readPolicy(setting.context, actor, { oid, name: 'objects' }))).toBe('ERR_NOT_FOUND');
    const outcome = await putPolicy(setting.context, actor, { oid, name: 'mine', grants: {} });
    expect(refusal(outcome)).toBe('ERR_NOT_FOUND');
  });
});
