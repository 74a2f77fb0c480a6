import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { allow, memoryStore } from '@flairgate/core';
import {
  addGroupMember,
  addGroupOrganization,
  createApiUser,
  createGroup,
  createKey,
  createServiceKey,
  createUser,
  deactivateUser,
  deleteGroup,
  deleteOrganization,
  deletePolicy,
  deleteUser,
  joinUser,
  nestGroup,
  putPolicy,
  removeGroupMember,
  removeGroupOrganization,
  removeUser,
  replaceApiUserKey,
  revokeApiUserKey,
  revokeKey,
  revokePermissions,
  revokeServiceKey,
  revokeTokens,
  rotateKey,
  setGroupPermissions,
  setKeyState,
  setRole,
  unnestGroup,
  updateKey,
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

/** Another one, which needs what a policy can give. */
const company = defineRoute({
  method: 'POST',
  path: '/v1/companies/:oid',
  summary: 'Write a company',
  needs: { kind: 'permissions', names: ['company.write'] },
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
  listening = await listen(serviceApp(service, service.more([note, company])));
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

type Subject =
  | 'a key'
  | 'a token'
  | 'a user'
  | 'a member of a group'
  | 'an API user'
  | 'a key that expires'
  | 'a token of it'
  | 'a service for a user';

/** Ids of what the subjects hang on. */
const made = { gid: '', outer: '', member: '', apiUid: '', expiring: '', service: '' };

/** A group that gives what the routes need, and one that contains it. */
async function makeGroup(): Promise<void> {
  const { oid } = place;
  const permissions = ['dr.set', 'apikey.ctrl'];
  made.gid = (await done(createGroup(administration(), operator, { name: 'Inner' }))).gid;
  made.outer = (await done(createGroup(administration(), operator, { name: 'Outer' }))).gid;
  await done(nestGroup(administration(), operator, { gid: made.outer, child: made.gid }));
  await done(addGroupOrganization(administration(), operator, { gid: made.outer, oid }));
  await done(setGroupPermissions(administration(), operator, { gid: made.outer, permissions }));
}

async function makeMember(): Promise<string> {
  await makeGroup();
  made.member = (await done(createUser(administration(), operator, { email: 'member@acme.example' }))).uid;
  await done(addGroupMember(administration(), operator, { gid: made.gid, email: made.member }));
  const owner = { kind: 'user', uid: made.member } as const;
  return (await done(createKey(administration(), operator, { owner, name: 'laptop' }))).text;
}

async function makeApiUser(): Promise<string> {
  await makeGroup();
  made.apiUid = (await done(createApiUser(administration(), operator, { oid: place.oid, name: 'sync' }))).uid;
  await done(addGroupMember(administration(), operator, { gid: made.gid, email: made.apiUid }));
  return (await done(replaceApiUserKey(administration(), operator, { oid: place.oid, uid: made.apiUid }))).text;
}

async function makeExpiring(): Promise<string> {
  const owner = { kind: 'organization', oid: place.oid } as const;
  const permissions = ['dr.set', 'apikey.ctrl'];
  const input = { owner, name: 'expiring', permissions, expiresAt: clock.wall() + 60_000 };
  const key = await done(createKey(administration(), operator, input));
  made.expiring = key.keyId;
  return key.text;
}

/** A token of a user that a service asked for. */
async function onBehalf(): Promise<Headers> {
  const mayExchange = [{ audience: 'flairgate', permissions: ['dr.set', 'apikey.ctrl'] }];
  const input = { name: 'rules', organizations: 'all', mayExchange } as const;
  const key = await done(createServiceKey(administration(), operator, input));
  made.service = key.keyId;
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: place.userKey.text,
    subject_token_type: 'urn:flairgate:params:oauth:token-type:api-key',
    audience: 'flairgate',
  });
  const headers = { 'x-api-key': key.text };
  const { access_token: token } = await (
    await fetch(`${listening.url}/oauth/token`, { method: 'POST', headers, body })
  ).json();
  return { Authorization: `Bearer ${token}` };
}

async function exchanged(oid: string, secret: string): Promise<Headers> {
  const body = new URLSearchParams({ oid, secret });
  const { jwt } = await (await fetch(`${listening.url}/jwt`, { method: 'POST', body })).json();
  return { Authorization: `Bearer ${jwt}` };
}

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
      await otherOwner();
      const taken = { oid, email: place.uid, permissions: ['dr.set', 'apikey.ctrl'] };
      await done(revokePermissions(administration(), operator, taken));
    },
  ],
};

/** Ends of what a subject hangs on, and not of its credential itself. */
const endings: typeof ends = {
  'has its permissions taken': [
    ['a key', 'a token'],
    () => done(updateKey(administration(), operator, { ...ofKey(), version: '*', permissions: [] })),
  ],
  'has its addresses changed': [
    ['a key'],
    () => done(updateKey(administration(), operator, { ...ofKey(), version: '*', ranges: ['192.0.2.0/24'] })),
  ],
  expires: [['a key that expires', 'a token of it'], async () => clock.advance(61_000)],
  'is made to expire earlier': [
    ['a key that expires', 'a token of it'],
    async () => {
      const key = { oid: place.oid, keyId: made.expiring };
      await done(updateKey(administration(), operator, { ...key, version: '*', expiresAt: clock.wall() + 1000 }));
      clock.advance(1001);
    },
  ],
  'is removed from the organization': [
    ['a user', 'a service for a user'],
    async () => {
      await otherOwner();
      await done(removeUser(administration(), operator, { oid: place.oid, email: place.uid }));
    },
  ],
  'loses the role of an owner': [
    ['a user', 'a service for a user'],
    async () => {
      await otherOwner();
      await done(setRole(administration(), operator, { oid: place.oid, email: place.uid, role: 'Viewer' }));
    },
  ],
  'has its user deleted': [
    ['a user', 'a service for a user'],
    () => done(deleteUser(administration(), operator, { uid: place.uid })),
  ],
  'has the key of its service revoked': [
    ['a service for a user'],
    () => done(revokeServiceKey(administration(), operator, { keyId: made.service })),
  ],
  'is taken out of the group': [
    ['a member of a group', 'an API user'],
    () => done(removeGroupMember(administration(), operator, { gid: made.gid, email: made.member || made.apiUid })),
  ],
  'has the group narrowed': [
    ['a member of a group', 'an API user'],
    () => done(setGroupPermissions(administration(), operator, { gid: made.outer, permissions: [] })),
  ],
  'has the group taken out of the one that gives': [
    ['a member of a group', 'an API user'],
    () => done(unnestGroup(administration(), operator, { gid: made.outer, child: made.gid })),
  ],
  'has the group taken from the organization': [
    ['a member of a group', 'an API user'],
    () => done(removeGroupOrganization(administration(), operator, { gid: made.outer, oid: place.oid })),
  ],
  'has the group deleted': [
    ['a member of a group', 'an API user'],
    () => done(deleteGroup(administration(), operator, { gid: made.gid })),
  ],
  'has its key replaced': [
    ['an API user'],
    () => done(replaceApiUserKey(administration(), operator, { oid: place.oid, uid: made.apiUid })),
  ],
  'has its key ended': [
    ['an API user'],
    () => done(revokeApiUserKey(administration(), operator, { oid: place.oid, uid: made.apiUid })),
  ],
  'is deactivated': [['an API user'], () => done(deactivateUser(administration(), operator, { uid: made.apiUid }))],
};

async function otherOwner(): Promise<void> {
  const { uid } = await done(createUser(administration(), operator, { email: 'other@acme.example' }));
  await done(joinUser(administration(), operator, { uid, oid: place.oid, permissions: [], role: 'owner' }));
}

const administration = () => service.context.administration;
const ofKey = () => ({ oid: place.oid, keyId: place.organizationKey.keyId });

async function credentialOf(subject: Subject): Promise<Headers> {
  Object.assign(made, { member: '', apiUid: '' });
  switch (subject) {
    case 'a user':
      return { 'x-api-key': place.userKey.text };
    case 'a key':
      return { 'x-api-key': place.organizationKey.text };
    case 'a token':
      return exchanged(place.oid, place.organizationKey.text);
    case 'a member of a group':
      return { 'x-api-key': await makeMember() };
    case 'an API user':
      return { 'x-api-key': await makeApiUser() };
    case 'a key that expires':
      return { 'x-api-key': await makeExpiring() };
    case 'a token of it':
      return exchanged(place.oid, await makeExpiring());
    case 'a service for a user':
      return onBehalf();
  }
}

const cases = [...Object.entries(ends), ...Object.entries(endings)].flatMap(([what, [of, end]]) =>
  of.map((subject) => [subject, what, end] as const),
);

describe.each([
  ['a command', '/v1/orgs/OID/keys'],
  ['a route of the host', '/v1/notes/OID'],
])('while a body for %s is being sent', (name, route) => {
  // A key that expires creates no key that does not.
  const possible = cases.filter(([subject]) => name !== 'a command' || !/expires| of it/.test(subject));
  it.each(possible)('the request of %s that %s is refused and changes nothing', async (subject, _what, end) => {
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

/** A route of a host that a policy opens. */
it.each(['taken from the group', 'deleted'])(
  'while a body is being sent, a policy that is %s opens nothing more',
  async (how) => {
    const { oid } = place;
    const text = await makeMember();
    await done(addGroupOrganization(administration(), operator, { gid: made.gid, oid }));
    const policy = { oid, name: 'writers' };
    const grants = { [made.gid]: { company: ['write'] } } as const;
    await done(putPolicy(administration(), operator, { ...policy, grants }));
    const credential = { 'x-api-key': text };
    const path = `/v1/companies/${oid}`;
    expect(await drawOut(path, credential, async () => undefined)).toBe(200);
    written = [];
    const end = () =>
      how === 'deleted'
        ? done(deletePolicy(administration(), operator, policy))
        : done(putPolicy(administration(), operator, { ...policy, grants: {} }));
    expect(await drawOut(path, credential, end)).toBe(401);
    expect(written).toEqual([]);
  },
);

it('headers that are sent slowly are judged by what the key is at their end', async () => {
  const socket = connect(Number(new URL(listening.url).port), '127.0.0.1');
  const received: Buffer[] = [];
  socket.on('data', (chunk) => received.push(chunk));
  socket.write(
    `GET /v1/who HTTP/1.1\r\nHost: test\r\nConnection: close\r\nx-api-key: ${place.organizationKey.text}\r\n`,
  );
  await fetch(`${listening.url}/v1/who`, { headers: { 'x-api-key': place.organizationKey.text } });
  await done(revokeKey(administration(), operator, ofKey()));
  socket.write('Accept: */*\r\n\r\n');
  await once(socket, 'close');
  expect(Buffer.concat(received).toString()).toMatch(/^HTTP\/1.1 401 /);
});

it('a command that waits for the lock of all security writes is judged by what its key is then', async () => {
  const { store } = administration();
  let release = () => undefined as undefined;
  const held = new Promise<void>((resolve) => {
    release = () => void resolve() as undefined;
  });
  let isHeld = () => undefined as undefined;
  const locked = new Promise<void>((resolve) => {
    isHeld = () => void resolve() as undefined;
  });
  const holding = store.write(async (tx) => {
    await tx.lockRevision();
    isHeld();
    await held;
  });
  await locked;
  const revoking = done(revokeKey(administration(), operator, ofKey()));
  const body = new URLSearchParams({ key_name: 'late' });
  const headers = { 'x-api-key': place.organizationKey.text };
  const waiting = fetch(`${listening.url}/v1/orgs/${place.oid}/keys`, { method: 'POST', headers, body });
  await fetch(`${listening.url}/healthz`);
  release();
  await holding;
  await revoking;
  expect((await waiting).status).toBe(401);
});

it('a caller that reads a long answer slowly gets nothing that is read after its key is revoked', async () => {
  const { store } = administration();
  const gids = Array.from({ length: 300 }, (_, at) => `00000008-0000-4000-8000-${String(at).padStart(12, '0')}`);
  await store.write(async (tx) => {
    // More than the buffers of both ends hold.
    const name = 'x'.repeat(100_000);
    const group = { name, permissions: [], createdBy: null, createdAt: 0, version: 1 };
    await tx.insertAll(
      'group',
      gids.map((gid) => ({ ...group, gid })),
    );
    await tx.insertAll(
      'groupOwner',
      gids.map((gid) => ({ gid, uid: place.uid, giver: null, address: null })),
    );
  });
  const headers = { 'x-api-key': place.userKey.text };
  const sent = request(`${listening.url}/v1/groups/concurrent`, { headers });
  sent.end();
  const [answer] = await once(sent, 'response');
  expect(answer.statusCode).toBe(200);
  answer.pause();
  await done(deactivateUser(administration(), operator, { uid: place.uid }));
  const chunks: Buffer[] = [];
  answer.on('data', (chunk: Buffer) => chunks.push(chunk));
  answer.resume();
  await new Promise<void>((resolve) => answer.once('close', resolve));
  const text = Buffer.concat(chunks).toString();
  expect(answer.complete).toBe(false);
  expect(gids.filter((gid) => text.includes(`"group_id":"${gid}"`)).length).toBeLessThan(gids.length);
}, 60_000);
