import { memoryStore } from '@flairgate/core';
import { expect, it } from 'vitest';
import { callerWith } from '../caller.ts';
import { runService, seed } from '../running-service.ts';

const issuer = 'https://login.example.com/realms/acme';

it('a federation cannot accept tokens that the settings of its issuer exclude', async () => {
  const list = [{ issuer, provider: 'keycloak' as const, jwksUri: `${issuer}/certs` }];
  const running = await runService(await memoryStore(), { federation: { issuers: list } });
  try {
    const { oid, organizationKey } = await seed(running);
    const create = (name: string, match: readonly string[]) => {
      const json = { name, issuer, audience: 'https://api.example.com', match };
      return callerWith(running, organizationKey.text)('POST', `/v1/orgs/${oid}/federations`, { json });
    };
    const refused = await create('by ID tokens', ['sub=1', 'typ=ID']);
    expect([refused.status, refused.body.code]).toEqual([400, 'ERR_VALIDATION']);
    expect(JSON.stringify(refused.body.issues)).toContain('another typ');
    expect((await create('by access tokens', ['sub=1', 'typ=Bearer'])).status).toBe(200);
    expect((await create('by subject', ['sub=1'])).status).toBe(200);
  } finally {
    await running.close();
  }
});
