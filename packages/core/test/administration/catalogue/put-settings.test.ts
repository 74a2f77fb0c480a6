import { putSettings, readAudit, readOrClaimSetting } from '@flairgate/core/administration';
import { beforeEach, describe, expect, it } from 'vitest';
import { type AdministrationFixture, must, OPERATOR, openAdministrationFixture } from '../fixture.js';
import { makeOrganization, makePerson } from '../people.js';

const first = 'http://localhost:8787';
const next = 'https://auth.example.com';

let fixture: AdministrationFixture;
beforeEach(async () => {
  fixture = await openAdministrationFixture();
  await readOrClaimSetting(fixture.store, 'issuer', undefined, first);
  await readOrClaimSetting(fixture.store, 'audience', undefined, 'flairgate');
});

const kept = (name: 'issuer' | 'audience') => readOrClaimSetting(fixture.store, name, undefined, 'none');
const changes = async () => {
  const { entries } = must(await readAudit(fixture.context, OPERATOR, { oid: null }));
  return entries.filter(({ action }) => action === 'setting.put');
};

describe('putSettings', () => {
  it('putSettings changes the issuer alone, is audited with both values, and a start with the new one succeeds', async () => {
    expect(must(await putSettings(fixture.context, OPERATOR, { issuer: next }))).toEqual({
      issuer: next,
      audience: 'flairgate',
    });
    expect(await readOrClaimSetting(fixture.store, 'issuer', next, first)).toBe(next);
    await expect(readOrClaimSetting(fixture.store, 'issuer', first, first)).rejects.toThrow(/issuer: must be/);
    expect(await changes()).toEqual([
      expect.objectContaining({ target: 'issuer', details: { before: first, value: next }, actorName: 'operator' }),
    ]);
  });

  it('putSettings changes both values, and writes no entry for a value that stays', async () => {
    must(await putSettings(fixture.context, OPERATOR, { issuer: first, audience: 'rules' }));
    expect([await kept('issuer'), await kept('audience')]).toEqual([first, 'rules']);
    expect((await changes()).map(({ target }) => target)).toEqual(['audience']);
  });

  it('putSettings stores a value that no process has stored yet', async () => {
    const empty = await openAdministrationFixture();
    expect(must(await putSettings(empty.context, OPERATOR, { audience: 'rules' }))).toEqual({
      issuer: undefined,
      audience: 'rules',
    });
  });

  it.each([
    ['an issuer that is no URL', { issuer: 'auth', audience: 'rules' }, 'issuer'],
    ['an issuer with another scheme', { issuer: 'javascript:alert(1)' }, 'issuer'],
    ['an empty audience', { issuer: next, audience: '' }, 'audience'],
    ['white space at an end', { issuer: next, audience: 'rules\n' }, 'audience'],
    ['a text that is too long', { issuer: next, audience: 'x'.repeat(2049) }, 'audience'],
  ])('putSettings refuses %s by name and changes nothing', async (_, input, name) => {
    const refused = await putSettings(fixture.context, OPERATOR, input);
    expect(refused).toMatchObject({ allowed: false, code: 'ERR_VALIDATION' });
    expect(refused).toHaveProperty('detail', expect.stringMatching(new RegExp(`^${name}: must `)));
    expect([await kept('issuer'), await kept('audience')]).toEqual([first, 'flairgate']);
    expect(await changes()).toEqual([]);
  });

  it('putSettings is refused for every actor except the operator', async () => {
    const oid = await makeOrganization(fixture);
    const owner = await makePerson(fixture, 'owner', oid, 'owner');
    const refused = await putSettings(fixture.context, await owner.actor(), { issuer: next });
    expect(refused).toMatchObject({ allowed: false, code: 'ERR_ESCALATION' });
    expect(await kept('issuer')).toBe(first);
  });
});
