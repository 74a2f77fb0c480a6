import { DeniedError } from '@flairgate/core';
import { createOrganization, revokeKey } from '@flairgate/core/administration';
import { createResourceRules } from '@flairgate/core/resources';
import { describe, expect, it } from 'vitest';
import { must, OPERATOR, openAdministrationFixture, organizationKey } from '../administration/fixture.js';
import { principalOf, row } from './callers.js';

const rules = createResourceRules({ type: 'rule', content: ['data'] });

describe('the caller of a decision about a row', () => {
  it('a principal that was revoked since its request came is refused', async () => {
    const setting = await openAdministrationFixture();
    const { oid } = must(await createOrganization(setting.context, OPERATOR, { name: 'Acme' }));
    const { text, keyId } = await organizationKey(setting, oid, 'vendor');
    const principal = await setting.principal(text);
    expect(rules.view(principal, row({ oid }))).toMatchObject({ id: 'r1' });
    must(await revokeKey(setting.context, OPERATOR, { oid, keyId }));
    setting.clock.advance(2000);
    expect(() => rules.view(principal, row({ oid }))).toThrow(DeniedError);
    await setting.authenticator.close();
  });

  it('a principal without organizations sees nothing, one with several has to name one', () => {
    expect(rules.view(principalOf(), row())).toBeUndefined();
    expect(rules.view(principalOf('org-a'), row())).toMatchObject({ id: 'r1' });
    expect(() => rules.view(principalOf('org-a', 'org-b'), row())).toThrow(DeniedError);
    expect(rules.view(principalOf('org-a', 'org-b'), row(), { organization: 'org-a' })).toMatchObject({ id: 'r1' });
  });
});
