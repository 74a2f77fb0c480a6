import {
  type Actor,
  createGroup,
  createKey,
  grantPermissions,
  inviteUser,
  putPolicy,
  setRole,
} from '@flairgate/core/administration';
import { beforeEach, describe, expect, it } from 'vitest';
import { type AdministrationFixture, must, OPERATOR, openAdministrationFixture, refusal } from '../fixture.js';
import { makeOrganization, makePerson, type Person } from '../people.js';

let setting: AdministrationFixture;
let oid: string;
let owner: Person;
let manager: Person;
let member: Person;

beforeEach(async () => {
  setting = await openAdministrationFixture();
  oid = await makeOrganization(setting);
  owner = await makePerson(setting, 'ann', oid, 'owner');
  manager = await makePerson(setting, 'mia', oid, ['user.ctrl', 'dr.list', 'output.*']);
  member = await makePerson(setting, 'bob', oid, ['dr.set']);
});

const answer = (outcome: Parameters<typeof refusal>[0]) => (outcome.allowed ? 'allowed' : refusal(outcome));

async function grant(actor: Actor, ...permissions: readonly string[]) {
  return answer(await grantPermissions(setting.context, actor, { oid, email: member.email, permissions }));
}

async function ownerKey(name: string): Promise<Actor> {
  const made = await createKey(setting.context, OPERATOR, { owner: { kind: 'user', uid: owner.uid }, name });
  return setting.actor(must(made).text);
}

describe('what a member gains', () => {
  it('a manager gives a member what it holds, and nothing else', async () => {
    const actor = await manager.actor();
    expect(await grant(actor, 'dr.list')).toBe('allowed');
    expect(await grant(actor, 'output.*')).toBe('allowed');
    expect(await grant(actor, 'fp.ctrl')).toBe('ERR_ESCALATION permissions');
    expect(await member.permissions(oid)).toEqual(expect.arrayContaining(['dr.list', 'dr.set', 'output.set']));
    expect(await member.permissions(oid)).not.toContain('fp.ctrl');
  });

  it('permissions that a member already has are no gain, though the manager does not hold them', async () => {
    expect(await grant(await manager.actor(), 'dr.set')).toBe('allowed');
    expect(await grant(await manager.actor(), 'dr.set', 'dr.list')).toBe('allowed');
    expect(await grant(await manager.actor(), 'dr.set', 'fp.ctrl')).toBe('ERR_ESCALATION permissions');
  });

  it('a permission family is given by an owner, and by a holder of that family', async () => {
    const others = await makePerson(setting, 'eve', oid, ['user.ctrl', 'output.list', 'output.set', 'output.del']);
    expect(await grant(await others.actor(), 'output.*')).toBe('ERR_ESCALATION families');
    expect(await grant(await owner.actor(), 'output.*')).toBe('allowed');
  });

  it('a caller without user.ctrl gives a member nothing', async () => {
    const plain = await makePerson(setting, 'joe', oid, ['dr.list']);
    expect(await grant(await plain.actor(), 'dr.list')).toBe('ERR_PERMISSION_MISSING');
  });

  it('the operator gives a member everything', async () => {
    expect(await grant(OPERATOR, 'fp.ctrl')).toBe('allowed');
  });

  it('an owner is made by an owner whose key is not segmented', async () => {
    const promote = async (actor: Actor) =>
      answer(await setRole(setting.context, actor, { oid, email: member.email, role: 'owner' }));
    const administrator = await makePerson(setting, 'zoe', oid, ['user.ctrl', 'dr.*', 'output.*']);
    expect(await promote(await administrator.actor())).toBe('ERR_ESCALATION owner');
    expect(await promote(await ownerKey('vendor[segment]'))).not.toBe('allowed');
    expect(await promote(await ownerKey('vendor[segment][root]'))).toBe('ERR_ESCALATION owner');
    expect(await promote(await ownerKey('plain'))).toBe('allowed');
    expect(await promote(await ownerKey('again'))).toBe('allowed');
  });

  it('a member who holds every permission of an owner is made one by an owner alone', async () => {
    const asOwner = { oid, email: member.email, role: 'owner' };
    const { permissions } = must(await setRole(setting.context, OPERATOR, asOwner));
    const full = await makePerson(setting, 'max', oid, permissions);
    const promote = async (actor: Actor) =>
      answer(await setRole(setting.context, actor, { ...asOwner, email: full.email }));
    expect(await promote(await full.actor())).toBe('ERR_ESCALATION owner');
    expect(await promote(await owner.actor())).toBe('allowed');
  });

  it('a credential of limited addresses or time makes no lasting member', async () => {
    const limited = async (more: Partial<Parameters<typeof createKey>[2]>, address?: string) => {
      const made = await createKey(setting.context, OPERATOR, {
        ...{ owner: { kind: 'user' as const, uid: owner.uid }, name: 'limited' },
        ...more,
      });
      return setting.actor(must(made).text, address);
    };
    const brief = await limited({ expiresAt: setting.clock.wall() + 60_000 });
    expect(await grant(brief, 'dr.list')).toBe('ERR_ESCALATION expiry');
    const local = await limited({ name: 'local', ranges: ['192.0.2.0/24'] }, '192.0.2.1');
    expect(await grant(local, 'dr.list')).toBe('ERR_ESCALATION ranges');
  });

  it('a policy gives a group what its writer holds, and nothing else', async () => {
    const group = must(await createGroup(setting.context, await owner.actor(), { name: 'readers' }));
    const put = async (actor: Actor, name: string, ...actions: readonly ('read' | 'write')[]) =>
      answer(await putPolicy(setting.context, actor, { oid, name, grants: { [group.gid]: { company: actions } } }));
    const reader = await makePerson(setting, 'joe', oid, ['user.ctrl', 'company.read']);
    expect(await put(await reader.actor(), 'own', 'read')).toBe('allowed');
    expect(await put(await reader.actor(), 'more', 'read', 'write')).toBe('ERR_ESCALATION permissions');
    expect(await put(await owner.actor(), 'all', 'read', 'write')).toBe('allowed');
  });

  it('an offer is judged as if it were accepted', async () => {
    const offered = { oid, email: 'new@example.com' };
    const manages = await manager.actor();
    expect(answer(await inviteUser(setting.context, manages, offered))).toBe('allowed');
    const offer = async (...permissions: readonly string[]) =>
      answer(await grantPermissions(setting.context, manages, { ...offered, permissions }));
    expect(await offer('dr.list')).toBe('allowed');
    expect(await offer('dr.list', 'fp.ctrl')).toBe('ERR_ESCALATION permissions');
    const promoted = await inviteUser(setting.context, manages, { ...offered, role: 'Owner' });
    expect(answer(promoted)).toBe('ERR_ESCALATION owner');
  });
});
