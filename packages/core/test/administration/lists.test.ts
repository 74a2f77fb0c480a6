import { memoryStore } from '@flairgate/core';
import {
  addGroupMember,
  addGroupOrganization,
  createApiUser,
  createGroup,
  createUser,
  joinUser,
  listApiUsers,
  listGroups,
  listKeys,
  listPolicies,
  listUserKeys,
  listUsers,
  putPolicy,
  readGroup,
} from '@flairgate/core/administration';
import type { ReadTransaction, Store, TableName } from '@flairgate/core/store';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AdministrationFixture, must, OPERATOR, openAdministrationFixture, organizationKey } from './fixture.js';
import { makeOrganization, makePerson, type Person } from './people.js';

/** One call of a store. */
interface ServiceRequest {
  transactions: number;
  statements: number;
  /** Most at one moment: a connection runs one after another. */
  atOnce: number;
  /** Most rows of one statement. */
  rows: number;
}

let asked: ServiceRequest;
let running = 0;

async function counted<R>(statement: () => Promise<R>): Promise<R> {
  asked.statements += 1;
  running += 1;
  asked.atOnce = Math.max(asked.atOnce, running);
  try {
    const answer = await statement();
    await new Promise((resolve) => setImmediate(resolve));
    if (Array.isArray(answer)) asked.rows = Math.max(asked.rows, answer.length);
    return answer;
  } finally {
    running -= 1;
  }
}

async function countingStore(): Promise<Store> {
  const store = await memoryStore();
  const counting = (tx: ReadTransaction): ReadTransaction => {
    let isCounted = false;
    const count = <R>(table: TableName, statement: () => Promise<R>) => {
      // The process also looks for changes, whenever a second has passed.
      if (table === 'revision' || table === 'change') return statement();
      if (!isCounted) asked.transactions += 1;
      isCounted = true;
      return counted(statement);
    };
    return {
      get: (table, key) => count(table, () => tx.get(table, key)),
      find: (table, where, page) => count(table, () => tx.find(table, where, page)),
      findIn: (table, column, values, limit) => count(table, () => tx.findIn(table, column, values, limit)),
      findPolicies: (oids, gids) => count('policy', () => tx.findPolicies(oids, gids)),
      findPolicyOrganizations: (oids, gids) => count('policy', () => tx.findPolicyOrganizations(oids, gids)),
    };
  };
  return { ...store, read: (work) => store.read((tx) => work(counting(tx))) };
}

const COUNT = 40;

let setting: AdministrationFixture;
let oid: string;
let gid: string;
let owner: Person;

beforeEach(() => {
  asked = { transactions: 0, statements: 0, atOnce: 0, rows: 0 };
});

beforeAll(async () => {
  asked = { transactions: 0, statements: 0, atOnce: 0, rows: 0 };
  setting = await openAdministrationFixture(await countingStore());
  const { context } = setting;
  oid = await makeOrganization(setting);
  owner = await makePerson(setting, 'owner', oid, 'owner');
  const own = await owner.actor();
  for (let at = 0; at < COUNT; at++) {
    await organizationKey(setting, oid, `key ${at}`);
    const { uid, email } = must(await createUser(context, OPERATOR, { email: `user${at}@example.com` }));
    must(await joinUser(context, OPERATOR, { uid, oid, permissions: [] }));
    const group = must(await createGroup(context, own, { name: `group ${at}` })).gid;
    gid ??= group;
    must(await addGroupMember(context, OPERATOR, { gid, email }));
    must(await addGroupOrganization(context, OPERATOR, { gid, oid: await makeOrganization(setting, `org ${at}`) }));
    const api = must(await createApiUser(context, OPERATOR, { oid, name: `api ${at}` }));
    must(await addGroupMember(context, OPERATOR, { gid, email: typeof api === 'string' ? api : api.uid }));
    must(await putPolicy(context, OPERATOR, { oid, name: `policy ${at}`, grants: {} }));
  }
}, 180_000);

type Page = { readonly limit?: number; readonly cursor?: string };

/** Every list: what it asks of the store does not grow with what it lists. */
const lists: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  keys: (page) => listKeys(setting.context, OPERATOR, { oid, ...page }),
  users: (page) => listUsers(setting.context, OPERATOR, { oid, ...page }),
  'API users': (page) => listApiUsers(setting.context, OPERATOR, { oid, ...page }),
  policies: (page) => listPolicies(setting.context, OPERATOR, { oid, ...page }),
  groups: async (page) => listGroups(setting.context, await owner.actor(), page),
  'own keys': async (page) => listUserKeys(setting.context, await owner.actor(), page),
  'members of a group': () => readGroup(setting.context, OPERATOR, { gid }),
};

describe.each(Object.entries(lists))('the list of %s', (_name, list) => {
  it('a list asks the same of the store for few as for many, one statement after another', async () => {
    await list({ limit: 1 });
    const few = asked;
    asked = { transactions: 0, statements: 0, atOnce: 0, rows: 0 };
    await list({ limit: 1000 });
    expect(asked.statements).toBe(few.statements);
    expect(asked.statements).toBeLessThanOrEqual(16);
    expect(asked.atOnce).toBe(1);
  });
});

describe('the list of groups', () => {
  it('the list of groups reads a page of the groups that strangers made its user an owner of, and misses none', async () => {
    const { context } = setting;
    const given = await makePerson(setting, 'given');
    const { uid } = given;
    await setting.store.write(async (tx) => {
      const group = await tx.get('group', { gid });
      if (group === undefined) throw new Error('the group is there');
      for (let at = 0; at < 2500; at++) {
        const id = `given-${String(at).padStart(4, '0')}`;
        await tx.insert('group', { ...group, gid: id });
        await tx.insert('groupOwner', { gid: id, uid, giver: `stranger ${at}`, address: null });
      }
    });
    const actor = await given.actor();
    asked = { transactions: 0, statements: 0, atOnce: 0, rows: 0 };
    expect(must(await listGroups(context, actor, { limit: 10 })).entries).toHaveLength(10);
    expect(asked.rows).toBeLessThanOrEqual(11);
    const { entries } = must(await listGroups(context, actor));
    expect(new Set(entries.map((each) => each.gid)).size).toBe(2500);
  }, 60_000);
});

describe('a list that is asked for whole', () => {
  it('a list that is asked for whole is read by pages of a thousand, each in a transaction of its own, and misses nothing', async () => {
    const many = await openAdministrationFixture(await countingStore());
    const where = await makeOrganization(many);
    const { keyId } = await organizationKey(many, where, 'first');
    await many.store.write(async (tx) => {
      const row = await tx.get('key', { keyId });
      const [secret] = await tx.find('secret', { keyId });
      if (row === undefined || secret === undefined) throw new Error('the key is there');
      for (let at = 1; at < 2500; at++) {
        await tx.insert('key', { ...row, keyId: `${keyId}${at}`, name: `key ${at}` });
        await tx.insert('secret', { ...secret, tag: `${secret.tag}${at}`, keyId: `${keyId}${at}` });
      }
    });
    asked = { transactions: 0, statements: 0, atOnce: 0, rows: 0 };
    const { entries, ...rest } = must(await listKeys(many.context, OPERATOR, { oid: where }));
    expect(rest).toEqual({});
    expect(new Set(entries.map(({ key }) => key.keyId)).size).toBe(2500);
    expect(entries.every(({ secrets }) => secrets.length === 1)).toBe(true);
    expect(asked.transactions).toBe(3);
    expect(asked.rows).toBeLessThanOrEqual(1001);
    expect(asked.statements).toBeLessThanOrEqual(3 * 4);
  }, 60_000);
});
