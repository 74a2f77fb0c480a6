import { memoryStore } from '@flairgate/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  entryOf,
  fetchFrom,
  openIdDocuments,
  signToken,
} from '../../../packages/core/test/principal/token/issuer/fake-issuer.js';
import { type ServerFixture, startServerFixture } from '../caller.ts';

const ISSUER = 'https://keycloak.example/realms/demo';
const AUDIENCE = 'https://api.example.com';

/** A token of the realm. Its ID, refresh and logout tokens differ in `typ` alone. */
function realmToken(typ: string): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: ISSUER, aud: AUDIENCE, sub: 'job', azp: 'ci', typ, jti: `${typ}-1`, iat: now, exp: now + 300 };
  return signToken('RS256', { alg: 'RS256', typ: 'JWT', kid: 'k' }, claims);
}

describe('claims that the tokens of an issuer must have', () => {
  let fixture: ServerFixture;

  beforeAll(async () => {
    fixture = await startServerFixture(await memoryStore(), {
      federation: {
        issuers: [{ issuer: ISSUER, provider: 'keycloak' }],
        fetch: fetchFrom(openIdDocuments(ISSUER, [entryOf('k', 'RS256')])),
      },
    });
  });
  afterAll(() => fixture.close());

  const create = (name: string, match: readonly string[]) =>
    fixture.organizationCaller('POST', `/v1/orgs/${fixture.oid}/federations`, {
      json: { name, issuer: ISSUER, audience: AUDIENCE, match, perms: ['dr.list'] },
    });

  async function exchange(federation: unknown, token: string) {
    const fields = {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: token,
      federation_id: String(federation),
    };
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const body = new URLSearchParams(fields).toString();
    return (await fixture.running.send({ method: 'POST', path: '/oauth/token', body, headers })).status;
  }

  it('claims of the issuer count beside the matches of a rule', async () => {
    const { federation_id: id } = (await create('job', ['sub=job', 'azp=ci'])).body;
    expect(await exchange(id, realmToken('Bearer'))).toBe(200);
    for (const typ of ['ID', 'Refresh', 'Logout']) expect(await exchange(id, realmToken(typ))).toBe(400);
  });

  it('claims of the issuer cannot be replaced by a match', async () => {
    const refused = await create('refresh', ['sub=job', 'typ=Refresh']);
    expect(refused.status).toBe(400);
    expect(refused.body.error).toMatch(/typ/);
    expect((await create('bearer', ['sub=job', 'typ=Bearer'])).status).toBe(200);
  });

  it('claims of the issuer cannot be replaced by a match of a rule that was stored before they were required', async () => {
    const { federation_id: id } = (await create('stored', ['sub=job'])).body;
    const { store } = fixture.administration;
    await store.write((tx) =>
      tx.update('federation', { keyId: String(id) }, { matches: { sub: 'job', typ: 'Refresh' } }),
    );
    expect(await exchange(id, realmToken('Refresh'))).toBe(400);
    expect(await exchange(id, realmToken('Bearer'))).toBe(400);
  });
});
