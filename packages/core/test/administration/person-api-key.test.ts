import {
  createGroup,
  createKey,
  joinUser,
  removeUser,
  replaceApiUserKey,
  revokeUserKey,
} from '@flairgate/core/administration';
import { beforeEach, describe, expect, it } from 'vitest';
import { type AdministrationFixture, must, OPERATOR, openAdministrationFixture, refusal } from './fixture.js';
import { makeOrganization, makePerson, type Person } from './people.js';

let setting: AdministrationFixture;
let oid: string;
let other: string;
let ann: Person;

beforeEach(async () => {
  setting = await openAdministrationFixture();
  oid = await makeOrganization(setting);
  other = await makeOrganization(setting, 'Other');
  ann = await makePerson(setting, 'ann', oid, ['user.ctrl', 'dr.list']);
  must(await joinUser(setting.context, OPERATOR, { uid: ann.uid, oid: other, permissions: ['dr.list'] }));
});

const make = async (by: Person | undefined, where = oid) =>
  createKey(setting.context, by === undefined ? OPERATOR : await by.actor(), {
    owner: { kind: 'user', uid: ann.uid, oid: where },
    name: 'sync',
  });

describe('an API-user key of a person', () => {
  it.each([
    ['that person', () => ann],
    ['the operator', () => undefined],
  ])('an API-user key of a person is made by %s, and counts in the one organization it names', async (_, by) => {
    const principal = await setting.principal(must(await make(by())).text);
    expect(principal).toMatchObject({ kind: 'api-user', uid: ann.uid, organizations: [oid] });
    expect(principal.in(oid)?.permissions).toContain('dr.list');
    expect(principal.in(other)).toBeUndefined();
  });

  it('no other caller makes an API-user key of a person, even with user.ctrl, nor for a place the person is not in', async () => {
    const owner = await makePerson(setting, 'bob', oid, 'owner');
    expect(refusal(await make(owner))).toBe('ERR_NOT_FOUND');
    expect(refusal(await make(undefined, await makeOrganization(setting, 'Third')))).toBe('ERR_NOT_FOUND');
  });

  it('an API-user key of a person is one: a new one replaces it at once, and touches no other key of the person', async () => {
    const first = must(await make(ann));
    const second = must(await make(ann));
    await expect(setting.principal(first.text)).rejects.toThrow('revoked');
    const { identity } = await setting.principal(second.text);
    expect((await setting.principal(ann.text)).kind).toBe('user-key');
    must(await revokeUserKey(setting.context, await ann.actor(), second));
    await expect(setting.principal(second.text)).rejects.toThrow('revoked');
    expect((await setting.principal(must(await make(ann)).text)).identity).toBe(identity);
  });

  it('an API-user key of a person acts in no name, and gives nothing once the person has left', async () => {
    const { text } = must(await make(ann));
    expect(refusal(await createGroup(setting.context, await setting.actor(text), { name: 'g' }))).toBe(
      'ERR_USER_REQUIRED',
    );
    must(await removeUser(setting.context, OPERATOR, { oid, email: ann.email }));
    expect((await setting.principal(text)).organizations).toEqual([]);
  });

  it('an API-user key of a person is also made by its user alone, and is called by their address where no name is given', async () => {
    for (const by of [OPERATOR, await ann.actor()]) {
      const { text } = must(await replaceApiUserKey(setting.context, by, { oid, uid: ann.uid }));
      expect(await setting.principal(text)).toMatchObject({ kind: 'api-user', uid: ann.uid, organizations: [oid] });
    }
    const owner = await makePerson(setting, 'bob', oid, 'owner');
    const refused = await replaceApiUserKey(setting.context, await owner.actor(), { oid, uid: ann.uid });
    expect(refused).toMatchObject({ code: 'ERR_NOT_FOUND', detail: expect.stringContaining('is no API user') });
  });
});
