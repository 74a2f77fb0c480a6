import { randomUUID } from 'node:crypto';
import { memoryStore } from '@flairgate/core';
import { oidcIssuer } from '@flairgate/core/tokens';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  entryOf,
  fetchFrom,
  openIdDocuments,
  signToken,
} from '../../packages/core/test/principal/token/issuer/fake-issuer.js';
import { bearerWith, type CallBy, type ServerFixture, startServerFixture } from './caller.ts';
import { refusalsWritten } from './refusals-written.ts';

const ACME = 'https://acme.eu.auth0.com/';
const OTHER = 'https://other.eu.auth0.com/';
const AUDIENCE = 'https://api.example.com';
const LIMIT = 10;

/** A token of a subject. Each call gives another one. */
function tokenOf(issuer: string, sub: string): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, aud: AUDIENCE, sub, iat: now, exp: now + 600, jti: randomUUID() };
  return signToken('RS256', { alg: 'RS256', typ: 'JWT', kid: 'k' }, claims);
}

describe('the subject of another issuer', () => {
  let fixture: ServerFixture;

  beforeAll(async () => {
    const issuerOf = (issuer: string) =>
      oidcIssuer({
        provider: 'auth0',
        issuer,
        audience: AUDIENCE,
        fetch: fetchFrom(openIdDocuments(issuer, [entryOf('k', 'RS256')])),
        rights: () => ({ [fixture.oid]: ['dr.list'] }),
        accepts: { permissions: ['dr.list'], organizations: 'all' },
      });
    fixture = await startServerFixture(await memoryStore(), {
      issuers: [issuerOf(ACME), issuerOf(OTHER)],
      rateLimit: { limit: LIMIT, windowSeconds: 3600 },
    });
  });
  afterAll(() => fixture.close());

  const call = (issuer: string, sub: string): CallBy => bearerWith(fixture.running, tokenOf(issuer, sub));
  const who = async (issuer: string, sub: string) => call(issuer, sub)('GET', `/v1/who?oid=${fixture.oid}`);

  it('a subject is shown with its issuer, so that it cannot have the name of a user of ours', async () => {
    const { status, body } = await who(ACME, 'ann@acme.example');
    expect([status, body.ident, body.perms]).toEqual([200, `ann@acme.example@${ACME}`, ['dr.list']]);
  });

  it('a subject that is refused is in the audit by issuer and subject, one identity for each issuer', async () => {
    const { oid, owner } = fixture;
    for (const issuer of [ACME, OTHER, ACME]) {
      const refused = await call(issuer, 'auth0|mallory')('GET', `/v1/orgs/${oid}/users`);
      expect([refused.status, refused.body.missing]).toEqual([401, ['user.ctrl']]);
    }
    await refusalsWritten(fixture);
    const { events } = (await owner('GET', `/v1/orgs/${oid}/audit`)).body;
    const rows = Array.isArray(events) ? events.filter(({ ident }) => String(ident).startsWith('auth0|mallory')) : [];
    const seen = rows.map(({ ident, outcome, target, details }) => [ident, outcome, target, details.count]).sort();
    expect(seen).toEqual([
      [`auth0|mallory@${ACME}`, 'refused', 'GET /v1/orgs/:oid/users', 2],
      [`auth0|mallory@${OTHER}`, 'refused', 'GET /v1/orgs/:oid/users', 1],
    ]);
    const actors = new Set(rows.map(({ actor }) => actor));
    expect(actors.size).toBe(2);
    for (const actor of actors) expect(actor).toMatch(/^subject:[\w-]{22}$/);
    const found = (await owner('GET', `/v1/orgs/${oid}/audit?actor=${encodeURIComponent(String(rows[0]?.actor))}`))
      .body;
    expect(Array.isArray(found.events) && found.events.length).toBe(1);
  });

  it('a subject has one limit for all of its tokens, and no other subject or issuer shares it', async () => {
    const statuses: number[] = [];
    for (let made = 0; made <= LIMIT; made++) statuses.push((await who(ACME, 'auth0|busy')).status);
    expect(statuses).toEqual([...Array.from({ length: LIMIT }, () => 200), 429]);
    expect((await who(OTHER, 'auth0|busy')).status).toBe(200);
    expect((await who(ACME, 'auth0|quiet')).status).toBe(200);
  });

  it('a subject cannot run a command, whatever its permissions are', async () => {
    const { oid } = fixture;
    const created = await call(ACME, 'auth0|eager')('POST', `/v1/orgs/${oid}/keys`, { form: { key_name: 'x' } });
    expect(created.status).toBe(401);
    const made = await call(ACME, 'auth0|eager')('POST', '/v1/orgs/new', { form: { loc: 'eu', name: 'mine' } });
    expect([made.status, made.body.code]).toEqual([401, 'ERR_USER_REQUIRED']);
  });
});
