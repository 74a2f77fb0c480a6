import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page, Store, TableName, Tables, WriteTransaction } from '@flairgate/core/store';
import { sqliteStore } from '@flairgate/stores/sqlite';
import Libsql from 'libsql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { masterKey } from '../databases.js';

let folder: string;
let handle: Libsql.Database;
let store: Store;
/** Statements that the store has prepared. */
const prepared: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flairgate-'));
  handle = new Libsql(join(folder, 'plans.db'));
  const recording = {
    exec: (statements: string) => handle.exec(statements),
    prepare(statement: string) {
      prepared.push(statement);
      return handle.prepare(statement);
    },
    close: () => handle.close(),
  };
  store = await sqliteStore({ database: recording, masterKey });
});
afterAll(async () => {
  await store.close();
  handle.close();
  await rm(folder, { recursive: true });
});

/** Returns the plan of the statement that the store runs on this table. */
async function planOf(table: string, work: (tx: WriteTransaction) => Promise<unknown>): Promise<string> {
  prepared.length = 0;
  await store.write(work);
  const statement = prepared.findLast((text) => text.includes(`"flairgate_${table}"`));
  if (statement === undefined) throw new Error(`nothing was asked of ${table}`);
  const steps = handle.prepare(`explain query plan ${statement}`).all([]);
  return steps.map((step) => String(Object(step).detail)).join('; ');
}

interface Asked<T extends TableName> {
  readonly what: string;
  readonly table: T;
  readonly where: Partial<Tables[T]>;
  readonly page: Page<T>;
  /** The columns that the index has to fix. */
  readonly plan: string;
}

function asked<T extends TableName>(given: Asked<T>): Asked<T> {
  return given;
}

const limit = 50;
const uid = 'u';
const oid = 'o';

/** Each has to start at its first row, and to read no others. */
const pages = [
  asked({
    what: 'the valid keys of an organization',
    table: 'key',
    where: { oid, kind: 'organization', revokedAt: null },
    page: { limit, after: { keyId: 'k' } },
    plan: '(oid=? AND kind=? AND revoked_at=? AND key_id>?)',
  }),
  asked({
    what: 'the valid keys that a segmented key created',
    table: 'key',
    where: { oid, kind: 'organization', revokedAt: null, createdBy: 'i' },
    page: { limit, after: { keyId: 'k' } },
    plan: '(oid=? AND created_by=? AND kind=? AND revoked_at=? AND key_id>?)',
  }),
  asked({
    what: 'a key by its name',
    table: 'key',
    where: { oid, kind: 'ingestion', name: 'n', revokedAt: null },
    page: { limit: 1 },
    plan: '(oid=? AND kind=? AND name=? AND revoked_at=?)',
  }),
  asked({
    what: 'the policies of an organization',
    table: 'policy',
    where: { oid },
    page: { limit, after: { oid, name: 'n' } },
    plan: '(oid=? AND name>?)',
  }),
  asked({
    what: 'the members of an organization',
    table: 'membership',
    where: { oid },
    page: { limit, after: { uid, oid } },
    plan: '(oid=? AND uid>?)',
  }),
  asked({
    what: 'the API users of an organization',
    table: 'user',
    where: { oid },
    page: { limit, after: { uid } },
    plan: '(oid=? AND uid>?)',
  }),
  asked({
    what: 'the ownerships of an organization',
    table: 'ownership',
    where: { oid: '*', type: 't', organization: oid },
    page: { limit, after: { oid: '*', type: 't', id: 'i' } },
    plan: '(oid=? AND type=? AND organization=? AND id>?)',
  }),
  asked({
    what: 'the ownerships of a segmented key',
    table: 'ownership',
    where: { oid, type: 't', organization: oid, createdBy: 'i' },
    page: { limit, after: { oid, type: 't', id: 'i' } },
    plan: '(oid=? AND type=? AND organization=? AND created_by=? AND id>?)',
  }),
  asked({
    what: 'the log of a group',
    table: 'audit',
    where: { oid: null, target: 'g' },
    page: { limit, after: { id: 'i' }, descending: true },
    plan: '(oid=? AND target=? AND id<?)',
  }),
];

describe('query plans on SQLite without statistics', () => {
  test.each(pages)('a page of $what begins at its first row, by an index', async ({ table, where, page, plan }) => {
    const found = await planOf(table, (tx) => tx.find(table, where, page));
    expect(found).toMatch(new RegExp(`^SEARCH [^;]*${escaped(plan)}$`));
  });

  test('a first page of ownerships of a segmented key reads no others', async () => {
    const where = { oid, type: 't', organization: oid, createdBy: 'i' };
    expect(await planOf('ownership', (tx) => tx.find('ownership', where, { limit }))).toContain('created_by=?)');
  });

  test('the owners of an organization are found by their role', async () => {
    const where = { oid, role: 'owner', accepted: true } as const;
    expect(await planOf('membership', (tx) => tx.find('membership', where))).toContain('(oid=? AND role=?)');
  });

  test('any rows of an organization are found without sorting all of them', async () => {
    const page = { limit, anyOrder: true };
    const plans = [
      await planOf('identity', (tx) => tx.find('identity', { kind: 'key', scope: oid }, page)),
      await planOf('key', (tx) => tx.find('key', { oid }, page)),
      await planOf('consent', (tx) => tx.find('consent', { oid }, page)),
    ];
    for (const plan of plans) expect(plan).toMatch(/^SEARCH [^;]*$/);
  });

  test('a count that stops at a number reads an index alone', async () => {
    const where = { oid, kind: 'organization', revokedAt: null } as const;
    expect(await planOf('key', (tx) => tx.count('key', where, 10))).toContain('COVERING INDEX');
  });
});

function escaped(text: string): string {
  return text.replace(/[()?]/g, '\\$&');
}

test('the rows of a key are found through indexes', async () => {
  prepared.length = 0;
  await store.rowsOfKey?.({ tag: 'tag', keyId: 'k', setting: 'none' });
  const steps = handle.prepare(`explain query plan ${prepared[0]}`).all([]);
  const details = steps.map((step) => String(Object(step).detail));
  expect(details.filter((detail) => detail.startsWith('SEARCH')).length).toBeGreaterThan(14);
  // What is left to scan are the groups that were found, and at most 101 rows of a user that are counted.
  expect(details.filter((detail) => /^SCAN (?!CONSTANT ROW|within|rows_of_user|\(subquery)/.test(detail))).toEqual([]);
});
