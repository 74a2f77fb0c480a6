import { createServiceKey, listServiceKeys, revokeServiceKey } from '@flairgate/core/administration';
import { beforeEach, describe, expect, it } from 'vitest';
import { must, OPERATOR, organizationKey, refusal } from '../fixture.js';
import { openServicesFixture, type ServicesFixture } from '../services-fixture.js';

let fleet: ServicesFixture;

beforeEach(async () => {
  fleet = await openServicesFixture();
});

const input = (more: object = {}) => ({
  name: 'rules',
  organizations: [fleet.oid.toUpperCase()],
  mayExchange: [{ audience: 'sensors', permissions: ['dr.*'] }],
  ...more,
});

describe('a service key', () => {
  it('a service key is a principal without organizations that carries its policy', async () => {
    const made = must(await createServiceKey(fleet.context, OPERATOR, input()));
    const principal = await fleet.principal(made.text);
    expect(principal).toMatchObject({ kind: 'service', name: 'rules', organizations: [], uid: undefined });
    expect(principal.service).toEqual({
      organizations: [fleet.oid],
      mayExchange: [{ audience: 'sensors', permissions: ['dr.*'] }],
    });
    expect(Object.isFrozen(principal.service)).toBe(true);
  });

  it("a service key is the operator's to make, list and end", async () => {
    const key = await organizationKey(fleet, fleet.oid, 'admin', ['apikey.ctrl', 'user.ctrl']);
    const actor = await fleet.actor(key.text);
    expect(refusal(await createServiceKey(fleet.context, actor, input()))).toBe('ERR_ESCALATION organizations');
    expect(refusal(await listServiceKeys(fleet.context, actor))).toBe('ERR_ESCALATION organizations');
    const made = must(await createServiceKey(fleet.context, OPERATOR, input()));
    expect(refusal(await revokeServiceKey(fleet.context, actor, made))).toBe('ERR_ESCALATION organizations');
  });

  it.each([
    ['a flair', { name: 'rules[root]' }],
    ['no organization', { organizations: [] }],
    ['a word for an organization', { organizations: ['acme'] }],
    ['an organization that is not there', { organizations: ['0f8fad5b-d9cb-469f-a165-70867728950e'] }],
    ['an unknown permission', { mayExchange: [{ audience: 'a', permissions: ['no.such'] }] }],
    ['a lone star', { mayExchange: [{ audience: 'a', permissions: ['*'] }] }],
    ['an empty audience', { mayExchange: [{ audience: '', permissions: [] }] }],
    [
      'one audience twice',
      {
        mayExchange: [
          { audience: 'a', permissions: [] },
          { audience: 'a', permissions: [] },
        ],
      },
    ],
    ['a past end', { expiresAt: 1 }],
    ['a bad range', { ranges: ['10.0.0.0/99'] }],
  ])('a service key is refused with %s', async (_what, more) => {
    expect(refusal(await createServiceKey(fleet.context, OPERATOR, input(more)))).toBe('ERR_VALIDATION');
  });

  it('a service key has a name of its own, which goes on after its end', async () => {
    const first = must(await createServiceKey(fleet.context, OPERATOR, input()));
    const before = await fleet.principal(first.text);
    expect(refusal(await createServiceKey(fleet.context, OPERATOR, input()))).toBe('ERR_NAME_TAKEN');
    must(await revokeServiceKey(fleet.context, OPERATOR, first));
    expect(refusal(await revokeServiceKey(fleet.context, OPERATOR, first))).toBe('ERR_NOT_FOUND');
    await expect(fleet.principal(first.text)).rejects.toThrow('revoked');
    const second = must(await createServiceKey(fleet.context, OPERATOR, input()));
    expect(second.continued).toBe(true);
    expect((await fleet.principal(second.text)).identity).toBe(before.identity);
    const listed = must(await listServiceKeys(fleet.context, OPERATOR));
    expect(listed.map(({ keyId }) => keyId)).toEqual([second.keyId]);
    expect(JSON.stringify(listed)).not.toContain(second.text);
  });

  it('a service key is not found by the keys of organizations', async () => {
    const made = must(await createServiceKey(fleet.context, OPERATOR, input()));
    const key = await organizationKey(fleet, fleet.oid, 'rules');
    expect((await fleet.principal(key.text)).identity).not.toBe((await fleet.principal(made.text)).identity);
  });
});
