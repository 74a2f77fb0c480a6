import { compileRequirement, createAuthenticator, defaultCatalogue, type Principal } from '@flairgate/core';
import { find, permit } from '@flairgate/core/internal';
import { describe, expect, it } from 'vitest';
import { openAdministrationFixture } from './administration/fixture.js';
import { principalOf } from './visibility/callers.js';

const held = defaultCatalogue.toBits(['dr.list']);

/** A principal that holds `dr.list` in `org-a`. */
function reader(): Principal {
  const principal = principalOf('org-a');
  return {
    ...principal,
    in: (oid) => {
      const view = principal.in(oid);
      return view && { ...view, bits: held };
    },
  };
}

describe('permit', () => {
  const all = compileRequirement(['dr.list', 'dr.set'], defaultCatalogue, 'all');
  const either = compileRequirement(['dr.list', 'dr.set'], defaultCatalogue, 'any');
  const other = compileRequirement(['dr.set'], defaultCatalogue, 'any');

  it('permit refuses with the missing permissions, and names all required ones if all are required', () => {
    expect(permit(reader(), 'org-a', all)).toMatchObject({
      allowed: false,
      code: 'ERR_PERMISSION_MISSING',
      detail: 'missing permission: dr.set',
      required: ['dr.list', 'dr.set'],
      members: { missing: ['dr.set'] },
    });
  });

  it('permit names no required permissions if one of several is enough', () => {
    expect(permit(reader(), 'org-a', either)).toBeUndefined();
    const denial = permit(reader(), 'org-a', other);
    expect(denial).toMatchObject({ allowed: false, members: { missing: ['dr.set'] } });
    expect(denial).not.toHaveProperty('required');
  });

  it('permit refuses everything in an organization that the caller has no rights in', () => {
    expect(permit(reader(), 'org-b', either)).toMatchObject({
      allowed: false,
      detail: 'missing permission: dr.list, dr.set; the credential gives no access to this organization',
    });
  });
});

describe('find', () => {
  it('find refuses a text that cannot be a credential without asking for it', async () => {
    const { store, clock } = await openAdministrationFixture();
    const authenticator = createAuthenticator({ store, clock });
    const found = (kind: 'bearer' | 'api-key', text: string) => find(authenticator, { kind, text }, undefined);
    expect(found('bearer', 'two words')).toMatchObject({ code: 'ERR_CREDENTIAL_MALFORMED' });
    expect(found('api-key', 'two words')).toMatchObject({
      code: 'ERR_KEY_INVALID',
      reason: 'api key holds characters no key has',
    });
    expect(await found('bearer', 'one.word.more')).toMatchObject({ code: 'ERR_TOKEN_INVALID' });
    await authenticator.close();
  });
});
