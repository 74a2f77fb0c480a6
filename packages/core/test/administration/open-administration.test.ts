import { DeniedError, isDenial, OptionError } from '@flairgate/core';
import { openAdministration, readAudit } from '@flairgate/core/administration';
import { beforeEach, describe, expect, it } from 'vitest';
import { type AdministrationFixture, must, OPERATOR, openAdministrationFixture, organizationKey } from './fixture.js';
import { makeOrganization } from './people.js';

let setting: AdministrationFixture;
let oid: string;
beforeEach(async () => {
  setting = await openAdministrationFixture();
  oid = await makeOrganization(setting);
});

/** Commands of a key that holds these permissions. */
async function as(...permissions: string[]) {
  const { text } = await organizationKey(setting, oid, `actor of ${permissions.join()}`, permissions);
  return openAdministration(setting.store).as(await setting.principal(text), {
    address: '192.0.2.1',
    reason: 'a button',
  });
}

const answerTo = (text: string) => setting.authenticator.authenticate({ kind: 'api-key', text }, undefined);

describe('openAdministration', () => {
  it('openAdministration creates, lists, rotates and revokes keys as a caller, audited by the name of the caller', async () => {
    const keys = await as('apikey.ctrl', 'dr.list');
    const made = await keys.create({ organization: oid, name: 'CI[segment]', permissions: ['dr.list'] });
    expect(isDenial(await answerTo(made.text))).toBe(false);
    const listed = await keys.list({ organization: oid });
    expect(listed.find(({ keyId }) => keyId === made.keyId)).toMatchObject({
      name: 'CI[segment]',
      grants: ['dr.list'],
    });
    expect(JSON.stringify(listed)).not.toContain(made.text.slice(13));
    const rotated = await keys.rotate({ organization: oid, keyId: made.keyId, overlapSeconds: 0 });
    expect(isDenial(await answerTo(made.text))).toBe(true);
    expect(isDenial(await answerTo(rotated.text))).toBe(false);
    await keys.revoke({ organization: oid, keyId: made.keyId });
    expect(isDenial(await answerTo(rotated.text))).toBe(true);
    const { entries } = must(await readAudit(setting.context, OPERATOR, { oid }));
    expect(entries.find(({ action }) => action === 'key.revoke')).toMatchObject({
      actorName: 'actor of apikey.ctrl,dr.list',
      address: '192.0.2.1',
      details: { reason: 'a button' },
    });
  });

  it.each([
    ['more than the caller holds', { permissions: ['dr.set'] }, 'ERR_ESCALATION'],
    ['a flair that the caller has not', { name: 'new[root]' }, 'ERR_ESCALATION'],
    ['an unknown permission', { permissions: ['dr.lst'] }, 'ERR_VALIDATION'],
    ['another organization', { organization: '6f0a9c2e-9d3b-4a54-9d0e-0b1c2d3e4f50' }, 'ERR_PERMISSION_MISSING'],
  ])('openAdministration refuses a caller %s, and stores nothing', async (_, more, code) => {
    const keys = await as('apikey.ctrl', 'dr.list');
    const before = await keys.list({ organization: oid });
    const made = keys.create({ organization: oid, name: 'new', ...more });
    await expect(made).rejects.toThrow(DeniedError);
    await expect(made).rejects.toMatchObject({ denial: { code } });
    expect(await keys.list({ organization: oid })).toEqual(before);
  });

  it('openAdministration refuses a caller without apikey.ctrl, and one whose key was revoked meanwhile', async () => {
    const powerless = await as('dr.list');
    const denied = { denial: { code: 'ERR_PERMISSION_MISSING' } };
    await expect(powerless.create({ organization: oid, name: 'new' })).rejects.toMatchObject(denied);
    await expect(powerless.list({ organization: oid })).rejects.toMatchObject(denied);
    const { text, keyId } = await organizationKey(setting, oid, 'ended', ['apikey.ctrl']);
    const ended = openAdministration(setting.store).as(await setting.principal(text));
    await openAdministration(setting.store).asOperator('test').revoke({ organization: oid, keyId });
    await expect(ended.create({ organization: oid, name: 'new' })).rejects.toMatchObject({
      denial: { code: 'ERR_KEY_INVALID' },
    });
  });

  it('openAdministration passes the escalation check only as the operator, under the name that is audited', async () => {
    const operator = openAdministration(setting.store).asOperator('seed script');
    const { oid: organization } = await operator.createOrganization({ name: 'New' });
    const { keyId } = await operator.create({ organization, name: 'all[root]', permissions: ['apikey.ctrl', 'dr.*'] });
    const { entries } = must(await readAudit(setting.context, OPERATOR, { oid: organization }));
    expect(entries.map(({ actorName, action }) => [actorName, action])).toEqual([
      ['seed script', 'key.create'],
      ['seed script', 'org.create'],
    ]);
    expect((await operator.list({ organization })).map((key) => key.keyId)).toEqual([keyId]);
    expect((await operator.listOrganizations()).map(({ name }) => name).sort()).toEqual(['Acme', 'New']);
  });

  it('openAdministration has no default actor, and needs a name for the operator', () => {
    const keys = openAdministration(setting.store);
    expect(Object.keys(keys)).toEqual(['as', 'asOperator']);
    for (const name of ['', '  ', 'a\u0000b', 'a'.repeat(129)]) {
      expect(() => keys.asOperator(name)).toThrow(/^asOperator: must be a name/);
    }
  });

  it.each([
    [{ catalog: 1 }, /did you mean `catalogue`/],
    [{ keyFormat: 'hex' }, /^keyFormat/],
    [{ keyHash: { scheme: 'pbkdf2-sha256', rounds: 1 } }, /rounds/],
    [{ limits: { organizationKey: 1 } }, /organizationKeys/],
  ])('openAdministration refuses the options %j', (options, message) => {
    const open = () => openAdministration(setting.store, options as object);
    expect(open).toThrow(OptionError);
    expect(open).toThrow(message);
  });
});
