import { memoryStore } from '@flairgate/core';
import { createKey, createOrganization, createServiceKey } from '@flairgate/core/administration';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { done, operator, type RunningService, runService, seed } from '../../flow/running-service.ts';
import { countingStore } from '../counting-store.ts';

let running: RunningService;
let counting: ReturnType<typeof countingStore>;
let oid: string;
let theirs: string;
let text: string;
/** Ids of keys of which the caller must learn nothing. */
const ids: Record<string, string> = {};
const ABSENT = 'AAAAAAAAAA';

beforeAll(async () => {
  counting = countingStore(await memoryStore());
  running = await runService(counting.store, { gate: { failureLimit: { limit: 1_000_000 } } });
  const { administration } = running.service.context;
  const seeded = await seed(running);
  ({ oid } = seeded);
  const owner = { kind: 'organization', oid } as const;
  const created = await done(createKey(administration, operator, { owner, name: 'a', permissions: ['audit.get'] }));
  ({ text } = created);
  theirs = (await done(createOrganization(administration, operator, { name: 'other' }))).oid;
  const others = { kind: 'organization', oid: theirs } as const;
  ids['a key of another organization'] = (
    await done(createKey(administration, operator, { owner: others, name: 'k' }))
  ).keyId;
  ids['an ingestion key of another organization'] = (
    await done(createKey(administration, operator, { owner: { kind: 'ingestion', oid: theirs }, name: 'i' }))
  ).keyId;
  ids['a key of a person'] = seeded.userKey.keyId;
  ids['a service key'] = (
    await done(createServiceKey(administration, operator, { name: 's', organizations: 'all', mayExchange: [] }))
  ).keyId;
  await counting.store.write(async (tx) => {
    const state = { type: 'rule', revision: 1, secrets: 0, intents: 0, secretEnded: 0, adoptedBy: null };
    const row = { type: 'rule', createdBy: 'x', lockedBy: null, secretTo: null, generation: 1, organization: theirs };
    for (const space of ['*', theirs]) {
      await tx.insert('ownershipType', { ...state, oid: space });
      await tx.insert('ownership', { ...row, oid: space, id: 'theirs' });
    }
    const usage = { day: Math.floor(Date.now() / 86_400_000), calls: 5, denials: 0, limited: 0, permissions: {} };
    for (const keyId of Object.values(ids)) await tx.insert('usage', { ...usage, oid: theirs, keyId });
  });
});
afterAll(() => running.close());

/** Status and body, without the id that was sent, and the least number of statements that a request of it took. */
async function askOften(method: string, path: string, body: unknown, sentId: string) {
  const answers: Awaited<ReturnType<typeof ask>>[] = [];
  for (let times = 0; times < 4; times += 1) answers.push(await ask(method, path, body, sentId));
  const [{ status, text: told } = { status: 0, text: '' }] = answers;
  // The regular poll of changes may come in between.
  return { status, told, asked: Math.min(...answers.map(({ asked }) => asked)) };
}

async function ask(method: string, path: string, body: unknown, sentId: string) {
  const headers = { 'x-api-key': text, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) };
  counting.take();
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const received = await running.send({ method, path, headers, ...sent });
  const { asked, read } = counting.take();
  return { status: received.status, text: received.text.replaceAll(sentId, ABSENT), asked, read };
}

describe('what is asked of others', () => {
  it('an explanation of a key that is not of the organization is that of a key that does not exist', async () => {
    const explain = (keyId: string) =>
      ask('POST', `/v1/orgs/${oid}/explain`, { key_hash: keyId, ownership: {} }, keyId);
    await explain(ABSENT);
    const absent = await explain(ABSENT);
    expect(absent.status).toBe(404);
    for (const [what, keyId] of Object.entries(ids)) {
      const { status, text: told } = await explain(keyId);
      expect({ what, status, told }).toEqual({ what, status: 404, told: absent.text });
    }
  });

  it('an explanation of a resource of another organization is that of one that does not exist, from the same work', async () => {
    const { keyId } = await ownKey();
    const explain = (id: string) =>
      askOften('POST', `/v1/orgs/${oid}/explain`, { key_hash: keyId, type: 'rule', id }, id);
    const [hidden, missing] = [await explain('theirs'), await explain('absent')];
    expect(hidden).toEqual(missing);
    expect(hidden.status).toBe(404);
  });

  it('usage of a key that is not of the organization is none, as of a key that does not exist', async () => {
    const usage = (keyId: string) => askOften('GET', `/v1/orgs/${oid}/usage?key_hash=${keyId}`, undefined, keyId);
    const absent = await usage(ABSENT);
    for (const [what, keyId] of Object.entries(ids)) expect([what, await usage(keyId)]).toEqual([what, absent]);
    expect((await ask('GET', `/v1/orgs/${theirs}/usage`, undefined, ABSENT)).status).toBe(401);
  });

  it.each([
    'from=2026-02-30',
    'from=9999999999-01-01',
    'from=-000001-01-01',
    'from=2026-01-01&to=2025-01-01',
    'from=0001-01-01&to=9999-12-31',
    'to=now',
    'from=2026-01-01T00:00:00Z',
    'limit=0',
    'limit=100000000',
    'limit=1e9',
    'cursor=x',
    `cursor=${'A'.repeat(4000)}`,
    'from=2026-01-01&from=2026-01-02',
    'key_hash=x&key_hash=y',
  ])('usage by %s is refused, and reads no usage', async (query) => {
    const { status, read } = await ask('GET', `/v1/orgs/${oid}/usage?${query}`, undefined, ABSENT);
    expect([status, read < 20]).toEqual([400, true]);
  });
});

/** A key of the caller's organization. */
async function ownKey(): Promise<{ readonly keyId: string }> {
  const [key] = await counting.store.read((tx) => tx.find('key', { oid, kind: 'organization' }));
  return { keyId: key?.keyId ?? '' };
}

/** Bodies in which one field is very many. */
const many = (length: number) => Array.from({ length }, (_, at) => `dr.list${at}`);
const bulks: Readonly<Record<string, readonly [type: string, body: string]>> = {
  'a list of 200,000 permissions': ['application/json', JSON.stringify({ key_name: 'k', perms: many(200_000) })],
  'a text of 50,000 permissions': ['application/json', JSON.stringify({ key_name: 'k', perms: many(50_000).join() })],
  'a field 20,000 times': ['application/x-www-form-urlencoded', `key_name=k&${'perms=dr.list&'.repeat(20_000)}`],
  'a field with brackets 5,000 times': ['application/x-www-form-urlencoded', 'perms[]=dr.list&'.repeat(5000)],
  '20,000 fields': [
    'application/x-www-form-urlencoded',
    many(20_000)
      .map((name) => `${name}=1`)
      .join('&'),
  ],
  '20,000 members': ['application/json', JSON.stringify(Object.fromEntries(many(20_000).map((name) => [name, 1])))],
  'ranges without end': [
    'application/json',
    JSON.stringify({ key_name: 'k', allowed_ip_range: Array.from({ length: 20_000 }, () => '10.0.0.0/8').join() }),
  ],
  'a name of 500,000 brackets': ['application/json', JSON.stringify({ key_name: '[segment'.repeat(60_000) })],
  'a list in lists': ['application/json', `{"key_name":"k","perms":${'['.repeat(30_000)}${']'.repeat(30_000)}}`],
  'a member twice': ['application/json', '{"key_name":"k","perms":["dr.list"],"perms":["apikey.ctrl"]}'],
  'members in another spelling': ['application/json', '{"key_name":"k","Perms":["apikey.ctrl"]}'],
};

it.each(Object.entries(bulks))('a key with %s is refused, and creates none', async (_what, [type, body]) => {
  const userKey = await ownerKey();
  const keysBefore = await countKeys();
  counting.take();
  const headers = { 'x-api-key': userKey, 'Content-Type': type };
  const { status } = await running.send({ method: 'POST', path: `/v1/orgs/${oid}/keys`, headers, body });
  const { read } = counting.take();
  expect([400, 413]).toContain(status);
  expect({ isBounded: read < 60, keys: await countKeys() }).toEqual({ isBounded: true, keys: keysBefore });
});

const countKeys = (): Promise<number> => counting.store.write((tx) => tx.count('key', { oid }));

let ownerText: string | undefined;

/** The text of a key of the owner. */
async function ownerKey(): Promise<string> {
  if (ownerText === undefined) {
    const { administration } = running.service.context;
    const [membership] = await counting.store.read((tx) => tx.find('membership', { oid, role: 'owner' }));
    const uid = membership?.uid ?? '';
    ownerText = (await done(createKey(administration, operator, { owner: { kind: 'user', uid }, name: 'bulk' }))).text;
  }
  return ownerText;
}
