import { randomBytes } from 'node:crypto';
import { type Authenticator, createAuthenticator, isDenial } from '@flairgate/core';
import { revokeKey } from '@flairgate/core/administration';
import { createHasher } from '@flairgate/core/calibrate';
import { mintKeyId, mintKeyText } from '@flairgate/core/internal';
import type { KeyRow, ReadTransaction, Store, WriteTransaction } from '@flairgate/core/store';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kindsToTest, makeDatabase, type TestDatabase } from '../../packages/stores/test/databases.js';
import { sampleRows } from '../../packages/stores/test/sample-rows.js';
import { byKey, call, done, type Issuer, OPERATOR, startIssuer } from '../flow/services-fixture.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const count = (most: number) => Array.from({ length: most }, (_, at) => at);

/** Numbers of the objects in a random world. */
const [ORGANIZATIONS, USERS, GROUPS, CHAIN] = [5, 6, 8, 20];

type Pairs = readonly (readonly [number, number])[];
const pairs = (ofOne: number, ofOther: number, most: number): fc.Arbitrary<Pairs> => {
  const pair = fc.tuple(fc.nat(ofOne - 1), fc.nat(ofOther - 1));
  return fc.uniqueArray(pair, { maxLength: most, selector: String });
};

const worlds = fc.record({
  memberships: pairs(USERS, ORGANIZATIONS, 8),
  consents: pairs(USERS, ORGANIZATIONS, 16),
  groupMembers: pairs(GROUPS, USERS, 10),
  groupOrganizations: pairs(GROUPS, ORGANIZATIONS, 10),
  groupChildren: pairs(GROUPS, GROUPS, 12).map((list) => list.filter(([above, below]) => above < below)),
  policies: pairs(ORGANIZATIONS, GROUPS, 8),
});
type GeneratedRows = typeof worlds extends fc.Arbitrary<infer W> ? W : never;

interface Held {
  readonly text: string;
  readonly row: Partial<KeyRow>;
  /** Rows that are left out, as nothing should. */
  readonly without?: 'identity';
}

function keysOf(prefix: string): readonly Held[] {
  const text = () => mintKeyText('fg', mintKeyId(randomBytes), randomBytes);
  const organization = { kind: 'organization', policy: null, flairs: [] } as const;
  const ofUser = { kind: 'user', policy: null, oid: null, permissions: [], flairs: ['root'] } as const;
  return [
    { text: text(), row: { ...organization, oid: `${prefix}o0` } },
    { text: text(), row: { ...organization, oid: `${prefix}gone` } },
    { text: text(), row: { ...organization, oid: `${prefix}o1`, revokedAt: 1 } },
    { text: text(), row: { ...organization, oid: `${prefix}o1` }, without: 'identity' },
    { text: text(), row: { oid: null } },
    { text: text(), row: { ...ofUser, uid: `${prefix}gone` } },
    ...count(USERS).map((at) => ({ text: text(), row: { ...ofUser, uid: `${prefix}u${at}` } })),
  ];
}

/** The last user is at the foot of a chain of groups that is longer than any is followed. */
async function writeWorld(tx: WriteTransaction, prefix: string, world: GeneratedRows): Promise<void> {
  const named = (letter: string) => (at: number) => `${prefix}${letter}${at}`;
  const [o, u, g] = [named('o'), named('u'), named('g')];
  for (const at of count(ORGANIZATIONS)) await tx.insert('organization', { ...sampleRows.organization, oid: o(at) });
  for (const at of count(USERS)) {
    const oid = at === 1 ? o(2) : null;
    await tx.insert('user', { ...sampleRows.user, uid: u(at), email: `${u(at)}@a.example`, oid, active: at !== 2 });
  }
  for (const at of count(GROUPS + CHAIN)) {
    const permissions = at % 3 === 0 ? ['dr.list'] : ['org.get', `dr.${at % 2 === 0 ? 'set' : 'del'}`];
    await tx.insert('group', { ...sampleRows.group, gid: g(at), permissions });
  }
  for (const at of count(CHAIN - 1)) {
    await tx.insert('groupChild', { gid: g(GROUPS + at), child: g(GROUPS + at + 1) });
    await tx.insert('organization', { ...sampleRows.organization, oid: `${prefix}chain${at}` });
    await tx.insert('groupOrganization', { gid: g(GROUPS + at), oid: `${prefix}chain${at}` });
    await tx.insert('consent', { uid: u(USERS - 1), oid: `${prefix}chain${at}`, acceptedAt: 0 });
  }
  await tx.insert('groupMember', { ...sampleRows.groupMember, gid: g(GROUPS + CHAIN - 1), uid: u(USERS - 1) });
  await writeLinks(tx, { o, u, g }, world);
}

type Name = (at: number) => string;
type Names = Readonly<Record<'o' | 'u' | 'g', Name>>;

async function writeLinks(tx: WriteTransaction, { o, u, g }: Names, world: GeneratedRows): Promise<void> {
  for (const [at, oid] of world.memberships) {
    const role = at % 2 === 0 ? 'owner' : 'member';
    const accepted = world.consents.some(([uid, of]) => uid === at && of === oid);
    await tx.insert('membership', { ...sampleRows.membership, uid: u(at), oid: o(oid), role, accepted });
  }
  for (const [uid, oid] of world.consents) await tx.insert('consent', { uid: u(uid), oid: o(oid), acceptedAt: 0 });
  for (const [gid, uid] of world.groupMembers) {
    const accepted = (gid + uid) % 5 !== 0;
    await tx.insert('groupMember', { ...sampleRows.groupMember, gid: g(gid), uid: u(uid), accepted });
  }
  for (const [gid, oid] of world.groupOrganizations) await tx.insert('groupOrganization', { gid: g(gid), oid: o(oid) });
  for (const [gid, child] of world.groupChildren) await tx.insert('groupChild', { gid: g(gid), child: g(child) });
  for (const [oid, gid] of world.policies) {
    const grants = { [g(gid)]: { deal: ['read', 'write'] as const } };
    await tx.insert('policy', { ...sampleRows.policy, oid: o(oid), name: `p${gid}`, grants });
  }
}

async function writeKeys(tx: WriteTransaction, store: Store, prefix: string, keys: readonly Held[]): Promise<void> {
  const hasher = createHasher();
  for (const [at, { text, row, without }] of keys.entries()) {
    const [keyId, identity] = [`${prefix}k${at}`, `${prefix}i${at}`];
    await tx.insert('key', { ...sampleRows.key, ranges: [], ...row, keyId, identity });
    const hash = await hasher.hash(text, { scheme: 'sha256', rounds: 1 });
    await tx.insert('secret', { ...sampleRows.secret, tag: store.material.tag(text), keyId, hash });
    if (without !== 'identity') await tx.insert('identity', { ...sampleRows.identity, id: identity, name: identity });
  }
}

async function described(authenticator: Authenticator, text: string) {
  const found = await authenticator.authenticate({ kind: 'api-key', text }, undefined);
  if (isDenial(found)) return found;
  const { kind, identity, name, ident, keyId, uid, service, organizations } = found;
  return { kind, identity, name, ident, keyId, uid, service, in: organizations.map((oid) => found.in(oid)) };
}

/** Counts the transactions that only read. */
function counted(store: Store) {
  const counts = { reads: 0 };
  const read = <R>(work: (tx: ReadTransaction) => Promise<R>) => {
    counts.reads += 1;
    return store.read(work);
  };
  return { counts, store: { ...store, read } };
}

function withoutTogether({ rowsOfKey: _key, rowsOfFeed: _feed, ...store }: Store): Store {
  return store;
}

const kinds = await kindsToTest(['sqlite', 'postgres']);

describe.each(kinds)('rows that %s reads together', (kind) => {
  let database: TestDatabase;
  let store: Store;

  beforeAll(async () => {
    database = await makeDatabase(kind);
    store = await database.open();
  });
  afterAll(() => database.remove());

  test(`rows that ${kind} reads together make the principal that a transaction makes, whatever the rows (seed ${seed})`, async () => {
    let world = 0;
    let granted = 0;
    const agree = fc.asyncProperty(worlds, async (rows) => {
      world += 1;
      const prefix = `w${world}`;
      const keys = keysOf(prefix);
      await store.write((tx) => writeWorld(tx, prefix, rows));
      await store.write((tx) => writeKeys(tx, store, prefix, keys));
      const read: string[] = [];
      const together = createAuthenticator({ store: watched(store, read) });
      const apart = createAuthenticator({ store: withoutTogether(store) });
      try {
        for (const { text } of keys) {
          const wanted = await described(apart, text);
          expect(await described(together, text)).toEqual(wanted);
          if ('in' in wanted) granted += wanted.in.length;
        }
        // Transactions look at the changes, and never for a key.
        expect(read).not.toContain('secret');
      } finally {
        await Promise.all([together.close(), apart.close()]);
      }
    });
    await fc.assert(agree, { numRuns: Number(process.env.RUNS ?? 12), seed });
    expect(granted).toBeGreaterThan(12);
  });

  test(`rows that ${kind} reads together include the key of the service that asks`, async () => {
    const [held, other] = keysOf('asked');
    if (held === undefined || other === undefined) throw new Error('there are two keys');
    await store.write((tx) => writeKeys(tx, store, 'asked', [held, other]));
    const tag = store.material.tag(other.text);
    const read = async (keyId: string | null, sent = tag) =>
      (await store.rowsOfKey?.({ tag: sent, keyId, setting: 'none' }))?.key.map((key) => key.keyId);
    expect(await read('askedk0')).toEqual(['askedk0', 'askedk1']);
    expect(await read('askedk1')).toEqual(['askedk1']);
    expect(await read(null)).toEqual(['askedk1']);
    expect(await read('askedk0', 'unknown')).toEqual(['askedk0']);
    expect(await read(null, 'unknown')).toEqual([]);
  });

  test(`rows that ${kind} reads together tell of a restore that suspends every key`, async () => {
    const [held] = keysOf('suspended');
    if (held === undefined) throw new Error('there is a key');
    await store.write((tx) => writeWorld(tx, 'suspended', fc.sample(worlds, 1)[0] as GeneratedRows));
    await store.write((tx) => writeKeys(tx, store, 'suspended', [held]));
    await store.write((tx) => tx.insert('setting', { name: 'suspended', value: '1' }));
    const authenticator = createAuthenticator({ store });
    try {
      expect(await described(authenticator, held.text)).toMatchObject({ code: 'ERR_KEY_INVALID' });
      await store.write((tx) => tx.remove('setting', { name: 'suspended' }));
      expect(await described(authenticator, held.text)).toMatchObject({ kind: 'organization-key' });
    } finally {
      await authenticator.close();
    }
  });

  const many = Object.keys(writeOne) as ManyTable[];

  test.each(many)(`rows that ${kind} reads together are at most 32 of each user in %s`, async (table) => {
    for (const size of [32, 33]) {
      const prefix = `${table}${size}`;
      const uid = `${prefix}u`;
      const [live, dead] = ['l', 'd'].map(() => mintKeyText('fg', mintKeyId(randomBytes), randomBytes));
      if (live === undefined || dead === undefined) throw new Error('there are two keys');
      const row = { kind: 'user', policy: null, oid: null, uid, permissions: [], flairs: [] } as const;
      await store.write(async (tx) => {
        await tx.insert('user', { ...sampleRows.user, uid, email: `${uid}@a.example`, oid: null });
        await writeRows(tx, table, { uid, prefix, size });
        const keys = [
          { text: live, row },
          { text: dead, row: { ...row, revokedAt: 1 } },
        ];
        await writeKeys(tx, store, prefix, keys);
      });
      const rows = await store.rowsOfKey?.({ tag: store.material.tag(live), keyId: null, setting: 'none' });
      expect(rows === undefined).toBe(size > 32);
      const read: string[] = [];
      const together = createAuthenticator({ store: watched(store, read) });
      const apart = createAuthenticator({ store: withoutTogether(store) });
      try {
        expect(await described(together, live)).toEqual(await described(apart, live));
        expect(await described(apart, live)).toMatchObject({ uid });
        read.length = 0;
        expect(await described(together, dead)).toMatchObject({ code: 'ERR_KEY_INVALID' });
        expect(read).toEqual(size > 32 ? ['secret', 'key'] : []);
      } finally {
        await Promise.all([together.close(), apart.close()]);
      }
    }
  });
});

type ManyTable = 'membership' | 'consent' | 'groupMember' | 'groupChild' | 'groupOrganization' | 'policy';

/** Ids of a user, of the user's first group, and of another organization and group. */
interface RowIds {
  readonly uid: string;
  readonly gid: string;
  readonly oid: string;
  readonly other: string;
}

/** Writes one row of a table for the user. A group that contains the user's group counts as one of the user's groups. */
const writeOne: Readonly<Record<ManyTable, (tx: WriteTransaction, ids: RowIds) => Promise<void>>> = {
  membership: (tx, { uid, oid }) => tx.insert('membership', { ...sampleRows.membership, uid, oid, role: 'member' }),
  consent: (tx, { uid, oid }) => tx.insert('consent', { uid, oid, acceptedAt: 0 }),
  async groupMember(tx, { uid, gid, other }) {
    if (other !== gid) await tx.insert('groupMember', { ...sampleRows.groupMember, gid: other, uid });
  },
  async groupChild(tx, { gid, other }) {
    if (other !== gid) await tx.insert('groupChild', { gid: other, child: gid });
  },
  groupOrganization: (tx, { gid, oid }) => tx.insert('groupOrganization', { gid, oid }),
  policy: (tx, { gid, oid }) =>
    tx.insert('policy', { ...sampleRows.policy, oid, name: 'p', grants: { [gid]: { deal: ['read'] } } }),
};

interface RowsOfUser {
  readonly uid: string;
  readonly prefix: string;
  readonly size: number;
}

/** Writes that many rows of the table for a user, and the organizations and groups that they name. */
async function writeRows(tx: WriteTransaction, table: ManyTable, { uid, prefix, size }: RowsOfUser): Promise<void> {
  const gid = `${prefix}g0`;
  for (const at of count(size)) {
    const [oid, other] = [`${prefix}o${at}`, `${prefix}g${at}`];
    await tx.insert('organization', { ...sampleRows.organization, oid });
    await tx.insert('group', { ...sampleRows.group, gid: other });
    if (at === 0) await tx.insert('groupMember', { ...sampleRows.groupMember, gid, uid });
    await writeOne[table](tx, { uid, gid, oid, other });
  }
}

/** Notes the table of each row that a transaction which only reads asks for. */
function watched(store: Store, tables: string[]): Store {
  const watch = (tx: ReadTransaction): ReadTransaction => ({
    ...tx,
    get(table, key) {
      tables.push(table);
      return tx.get(table, key);
    },
    find(table, where, page) {
      tables.push(table);
      return tx.find(table, where, page);
    },
    findIn(table, column, values, limit) {
      tables.push(table);
      return tx.findIn(table, column, values, limit);
    },
  });
  return { ...store, read: (work) => store.read((tx) => work(watch(tx))) };
}

describe.skipIf(!kinds.includes('postgres'))('a service of an issuer on PostgreSQL', () => {
  let database: TestDatabase;
  let counts: { reads: number };
  let together: Issuer;
  let apart: Issuer;

  beforeAll(async () => {
    database = await makeDatabase('postgres');
    const counting = counted(await database.open());
    ({ counts } = counting);
    together = await startIssuer({ store: counting.store });
    apart = await startIssuer({ store: withoutTogether(await database.open()) });
  });
  afterAll(async () => {
    await together.close();
    await apart.close();
    await database.remove();
  });

  async function introspected(issuer: Issuer, service: string, token: string) {
    const body = new URLSearchParams({ token });
    const response = await fetch(`${issuer.url}/oauth/introspect`, { method: 'POST', headers: byKey(service), body });
    return { status: response.status, body: await response.json() };
  }

  test('a service of an issuer on PostgreSQL is told by one statement what a transaction would tell it', async () => {
    const [ours, theirs] = [await together.organization('ours'), await together.organization('theirs')];
    const [key, other] = [await together.key(ours, 'a', ['dr.list']), await together.key(theirs, 'b', ['dr.list'])];
    const user = await together.user('c@a.example', [ours, theirs], ['dr.list']);
    const limited = await together.serviceKey({ name: 'few', organizations: [ours], mayExchange: [] });
    const all = await together.serviceKey({ name: 'all', organizations: 'all', mayExchange: [] });
    const { administration } = together.service.context;
    await done(revokeKey(administration, OPERATOR, { oid: theirs, keyId: other.keyId }));
    await done(revokeKey(administration, OPERATOR, { oid: ours, keyId: key.keyId }));
    const { incarnation: inc, applied } = together.service.gate.authenticator.revision;
    // A known service is read once and then remembered; what follows is about what it asks.
    for (const issuer of [together, apart]) {
      for (const { text } of [limited, all]) await call(`${issuer.url}/v1/changes`, byKey(text));
    }
    const { reads } = counts;
    for (const { text: service } of [limited, all]) {
      for (const after of [0, applied - 2, applied - 1, applied, applied + 1]) {
        const path = `/v1/changes?inc=${inc}&after=${after}`;
        const wanted = await call(`${apart.url}${path}`, byKey(service));
        expect(await call(`${together.url}${path}`, byKey(service))).toEqual(wanted);
      }
      for (const text of [key.text, other.text, user.text, all.text, 'nobody-has-this-key-at-all']) {
        expect(await introspected(together, service, text)).toEqual(await introspected(apart, service, text));
      }
    }
    expect(counts.reads).toBe(reads);
    const elsewhere = '/v1/changes?inc=another&after=1';
    const wanted = await call(`${apart.url}${elsewhere}`, byKey(all.text));
    expect(wanted.body.changes).not.toEqual([]);
    expect(await call(`${together.url}${elsewhere}`, byKey(all.text))).toEqual(wanted);
  });

  test('a service of an issuer on PostgreSQL is refused once its own key has ended, though it is remembered', async () => {
    const ended = await together.serviceKey({ name: 'ended', organizations: 'all', mayExchange: [] });
    const { gate, context } = together.service;
    const credential = { kind: 'api-key', text: ended.text } as const;
    const principal = await gate.authenticator.authenticate(credential, undefined);
    if (isDenial(principal)) throw new Error('the key is good');
    const { store } = context.administration;
    await store.write((tx) => tx.update('key', { keyId: ended.keyId }, { revokedAt: 1 }));
    const after = gate.authenticator.revision.applied;
    expect(await context.changes.read(principal, { after })).toMatchObject({ code: 'ERR_KEY_INVALID' });
    expect(await introspected(together, ended.text, 'anything-that-is-no-token')).toMatchObject({ status: 401 });
  });

  test('a service of an issuer on PostgreSQL is refused while a restore suspends every key, though it is remembered', async () => {
    const { text } = await together.serviceKey({ name: 'suspended', organizations: 'all', mayExchange: [] });
    const { gate, context } = together.service;
    const principal = await gate.authenticator.authenticate({ kind: 'api-key', text }, undefined);
    if (isDenial(principal)) throw new Error('the key is good');
    const { store } = context.administration;
    await store.write((tx) => tx.insert('setting', { name: 'suspended', value: '1' }));
    const after = gate.authenticator.revision.applied;
    expect(await context.changes.read(principal, { after })).toMatchObject({ code: 'ERR_KEY_INVALID' });
    expect(await introspected(together, text, 'anything-that-is-no-token')).toMatchObject({ status: 401 });
    await store.write((tx) => tx.remove('setting', { name: 'suspended' }));
    expect(await context.changes.read(principal, { after })).toMatchObject({ allowed: true });
  });
});
