import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Page, schema, type TableName, type Tables } from '@flairgate/core/store';
import { sqliteStore } from '@flairgate/stores/sqlite';
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import Libsql from 'libsql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/sql/conditions.js';
import { sqlQueries } from '../../src/sql/queries.js';
import { masterKey } from '../databases.js';

const db = new Kysely<Database>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (built) => new SqliteIntrospector(built),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});
const queries = sqlQueries(db, 'sqlite');

let folder: string;
let handle: Libsql.Database;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flairgate-'));
  const file = join(folder, 'plans.db');
  await (await sqliteStore({ file, masterKey })).close();
  handle = new Libsql(file);
});
afterAll(async () => {
  handle.close();
  await rm(folder, { recursive: true });
});

function planOf({ sql, parameters }: { readonly sql: string; readonly parameters: readonly unknown[] }): string {
  const steps = handle.prepare(`explain query plan ${sql}`).all([...parameters]);
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
  test.each(pages)('a page of $what begins at its first row, by an index', ({ table, where, page, plan }) => {
    expect(planOf(queries.find(table, where, page))).toMatch(new RegExp(`^SEARCH [^;]*${escaped(plan)}$`));
  });

  test('a first page of ownerships of a segmented key reads no others', () => {
    const where = { oid, type: 't', organization: oid, createdBy: 'i' };
    expect(planOf(queries.find('ownership', where, { limit }))).toContain('created_by=?)');
  });

  test('the owners of an organization are found by their role', () => {
    const where = { oid, role: 'owner', accepted: true } as const;
    expect(planOf(queries.find('membership', where))).toContain('(oid=? AND role=?)');
  });

  test('any rows of an organization are found without sorting all of them', () => {
    const page = { limit, anyOrder: true };
    const plans = [
      planOf(queries.find('identity', { kind: 'key', scope: oid }, page)),
      planOf(queries.find('key', { oid }, page)),
      planOf(queries.find('consent', { oid }, page)),
    ];
    for (const plan of plans) expect(plan).toMatch(/^SEARCH [^;]*$/);
  });

  test('a count that stops at a number reads an index alone, and no further', () => {
    const where = { oid, kind: 'organization', revokedAt: null } as const;
    const { sql, parameters } = queries.count('key', where, 10);
    expect(planOf({ sql, parameters })).toContain('COVERING INDEX');
    expect(sql).toContain('limit');
    expect(parameters).toEqual([oid, 'organization', 10]);
  });

  test('every index that a page may be forced to is there', () => {
    for (const [table, { indexes }] of Object.entries(schema)) {
      for (const columns of indexes) {
        const where = Object.fromEntries(columns.map((column) => [column, 'x']));
        expect(planOf(queries.find(table as TableName, where, { limit })), table).not.toContain('SCAN');
      }
    }
  });
});

function escaped(text: string): string {
  return text.replace(/[()?]/g, '\\$&');
}
