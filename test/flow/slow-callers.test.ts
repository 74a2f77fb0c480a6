import { once } from 'node:events';
import { request } from 'node:http';
import { allow, memoryStore } from '@flairgate/core';
import {
  createServiceKey,
  createUser,
  deactivateUser,
  deleteOrganization,
  joinUser,
  revokeKey,
  revokePermissions,
  revokeServiceKey,
  revokeTokens,
  rotateKey,
  setKeyState,
} from '@flairgate/core/administration';
import { createService, defineRoute, type Service, serviceApp } from '@flairgate/server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { done, operator, type RunningService, seed } from './running-service.ts';
import { type Listening, listen, type ManualClock, manualClock } from './services-fixture.ts';

/** Texts that callers wrote by the route of the host. */
let written: string[];
let clock: ManualClock;
let service: Service;
let listening: Listening;
let place: Awaited<ReturnType<typeof seed>>;

/** A route of a host behind the gate of the service. */
const note = defineRoute({
  method: 'POST',
  path: '/v1/notes/:oid',
  summary: 'Write a note',
  needs: { kind: 'permissions', names: ['dr.set'] },
  params: z.object({ oid: z.string() }),
  fields: z.object({ key_name: z.string() }),
  answer: z.object({}),
  async handle({ fields }) {
    written.push(fields.key_name);
    return allow({});
  },
});

beforeEach(async () => {
  written = [];
  clock = manualClock(1_800_000_000_000);
  const store = await memoryStore();
  service = await createService({
    store,
    issuer: 'https://auth.example',
    audience: 'flairgate',
    clock,
    keyHash: { scheme: 'sha256', rounds: 1 },
  });
  listening = await listen(serviceApp(service, service.more([note])));
  place = await seed({ service } as RunningService);
});

afterEach(async () => {
  await listening.close();
  await service.close();
});

type Headers = Readonly<Record<string, string>>;

/** Sends the head and the first byte of a body, does something else once the service waits, and sends the rest. */
async function drawOut(path: string, credential: Headers, meanwhile: () => Promise<unknown>): Promise<number> {
  const body = 'key_name=late';
  const type = 'application/x-www-form-urlencoded';
  const headers = { ...credential, 'content-type': type, 'content-length': body.length, expect: '100-continue' };
  const sent = request(`${listening.url}${path}`, { method: 'POST', headers });
  sent.flushHeaders();
  await once(sent, 'continue');
  sent.write(body.slice(0, 1));
  await fetch(`${listening.url}/healthz`);
  await meanwhile();
  const answered = once(sent, 'response');
  sent.end(body.slice(1));
  const [answer] = await answered;
  answer.resume();
  return answer.statusCode;
}

type Subject = 'a key' | 'a token' | 'a user';

/** Ends of a credential, with those that they end. */
const ends: Readonly<Record<string, readonly [of: readonly Subject[], end: () => Promise<unknown>]>> = {
  'is revoked': [['a key', 'a token'], () => done(revokeKey(administration(), operator, ofKey()))],
  'is disabled': [['a key', 'a token'], () => done(setKeyState(administration(), operator, ofKey(), 'disabled'))],
  'is rotated': [
    ['a key', 'a token'],
    async () => {
      await done(rotateKey(administration(), operator, { ...ofKey(), overlapSeconds: 0 }));
      clock.advance(1);
    },
  ],
  'has every token of its organization ended': [
    ['a token'],
    () => done(revokeTokens(administration(), operator, { oid: place.oid })),
  ],
  expires: [['a token'], async () => clock.advance(3_700_000)],
  'has its organization deleted': [
    ['a key', 'a token', 'a user'],
    () => done(deleteOrganization(administration(), operator, { oid: place.oid })),
  ],
  'has its user deactivated': [['a user'], () => done(deactivateUser(administration(), operator, { uid: place.uid }))],
  'loses the permissions': [
    ['a user'],
    async () => {
      // The last owner keeps them.
      const { oid } = place;
      const { uid } = await done(createUser(administration(), operator, { email: 'other@acme.example' }));
      await done(joinUser(administration(), operator, { uid, oid, permissions: [], role: 'owner' }));
      const taken = { oid, email: place.uid, permissions: ['dr.set', 'apikey.ctrl'] };
      await done(revokePermissions(administration(), operator, taken));
    },
  ],
};

const administration = () => service.context.administration;
const ofKey = () => ({ oid: place.oid, keyId: place.organizationKey.keyId });

async function credentialOf(subject: Subject): Promise<Headers> {
  if (subject === 'a user') return { 'x-api-key': place.userKey.text };
  const key = place.organizationKey.text;
  if (subject === 'a key') return { 'x-api-key': key };
  const body = new URLSearchParams({ oid: place.oid, secret: key });
  const { jwt } = await (await fetch(`${listening.url}/jwt`, { method: 'POST', body })).json();
  return { Authorization: `Bearer ${jwt}` };
}

const cases = Object.entries(ends).flatMap(([what, [of, end]]) => of.map((subject) => [subject, what, end] as const));

describe.each([
  ['a command', '/v1/orgs/OID/keys'],
  ['a route of the host', '/v1/notes/OID'],
])('while a body for %s is being sent', (_name, route) => {
  it.each(cases)('the request of %s that %s is refused and changes nothing', async (subject, _what, end) => {
    const credential = await credentialOf(subject);
    const path = route.replace('OID', place.oid);
    expect(await drawOut(path, credential, async () => undefined)).toBe(200);
    const live = await keysAlive();
    written = [];
    expect(await drawOut(path, credential, end)).toBe(401);
    expect(written).toEqual([]);
    expect(await keysAlive()).toBeLessThanOrEqual(live);
  });
});

/** Number of keys that are not revoked. */
async function keysAlive(): Promise<number> {
  return service.context.administration.store.read(async (tx) => (await tx.find('key', { revokedAt: null })).length);
}

it('a service whose key is revoked while it waits for changes is told nothing more', async () => {
  const input = { name: 'gateway', organizations: 'all', mayExchange: [] } as const;
  const made = await done(createServiceKey(administration(), operator, input));
  const headers = { 'x-api-key': made.text };
  const first = await (await fetch(`${listening.url}/v1/changes`, { headers })).json();
  const asked = `${listening.url}/v1/changes?after=${first.n}&inc=${first.inc}&wait=20`;
  const waiting = fetch(asked, { headers });
  await fetch(`${listening.url}/healthz`);
  await done(revokeServiceKey(administration(), operator, { keyId: made.keyId }));
  const answer = await waiting;
  const told = answer.status === 200 ? await answer.json() : { changes: [] };
  expect(told.changes).toEqual([]);
  expect((await fetch(asked, { headers })).status).toBe(401);
});
