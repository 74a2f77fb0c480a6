import { defaultCatalogue, memoryStore } from '@flairgate/core';
import { createKey, createOrganization, createUser, joinUser } from '@flairgate/core/administration';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { done, operator, type RunningService, runService } from './running-service.ts';

const ORGANIZATIONS = 200;
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

let running: RunningService;
let close: () => Promise<void>;

beforeEach(async () => {
  const store = await memoryStore();
  running = await runService(store, { keyHash: { scheme: 'sha256', rounds: 1 } });
  close = async () => {
    await running.close();
    await store.close();
  };
});

afterEach(() => close());

/** A user whose permissions differ in every organization, so that nothing can be grouped. */
async function scatteredUser() {
  const { administration } = running.service.context;
  const { uid } = await done(createUser(administration, operator, { email: 'ann@acme.example' }));
  const names = defaultCatalogue.entries.filter(({ privileged }) => !privileged).map(({ name }) => name);
  const oids: string[] = [];
  for (let index = 0; index < ORGANIZATIONS; index += 1) {
    const { oid } = await done(createOrganization(administration, operator, { name: `organization ${index}` }));
    const permissions = names.slice(0, 8).filter((_name, bit) => ((index >> bit) & 1) === 1);
    await done(
      joinUser(administration, operator, { uid, oid, permissions: [...permissions, 'org.get'], role: 'member' }),
    );
    oids.push(oid);
  }
  const { text } = await done(createKey(administration, operator, { owner: { kind: 'user', uid }, name: 'laptop' }));
  return { uid, oids, text };
}

const exchange = (body: Record<string, string>) =>
  running.send({ method: 'POST', path: '/jwt', headers: FORM, body: new URLSearchParams(body).toString() });

describe('a token that would be too large', () => {
  it('a token that would be too large is not made: 413 says how large, how large it may be, and what to ask for, which works', async () => {
    const { uid, oids, text } = await scatteredUser();
    const refused = await exchange({ uid, secret: text });
    expect(refused.status).toBe(413);
    expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
    const body = JSON.parse(refused.text);
    expect(body).toMatchObject({ code: 'ERR_TOKEN_TOO_LARGE', limit: 8192, error: body.detail });
    expect(body.bytes).toBeGreaterThan(8192);
    expect(body.detail).toMatch(/one organization.*oid/);
    expect(refused.text).not.toContain(text);
    const narrowed = await exchange({ uid, secret: text, oid: oids[7] ?? '' });
    expect(narrowed.status).toBe(200);
    const headers = { Authorization: `Bearer ${narrowed.body.jwt}` };
    const who = await running.send({ method: 'GET', path: `/v1/who?oid=${oids[7]}`, headers });
    expect(who.body.orgs).toEqual([oids[7]]);
  });
});
