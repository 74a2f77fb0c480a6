import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Store, schema, type TableName } from '@flairgate/core/store';
import { postgresStore } from '@flairgate/stores/postgres';
import { sqliteStore } from '@flairgate/stores/sqlite';
import Libsql from 'libsql';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { columns } from '../../src/sql/columns.js';
import { asAdmin, dropSchema, kindsToTest, masterKey, newSchema, postgresUrl } from '../databases.js';
import { linesOf, start, startTimeoutMs, storeProgram } from '../processes.js';

const tables = Object.keys(columns).filter((name): name is TableName => name in schema);

interface FoundTable {
  /** Name, type, whether null is allowed: `created_by text?`. */
  readonly columns: readonly string[];
  readonly primary: readonly string[];
  readonly unique: readonly string[];
  readonly indexes: readonly string[];
}

/** The tables as the database describes them. */
interface Inspected {
  readonly args: readonly string[];
  open(options?: { readonly mustBeCurrent: boolean }): Promise<Store>;
  inspect(table: string): Promise<FoundTable>;
  run(statement: string): Promise<unknown>;
  rows(statement: string): Promise<readonly unknown[]>;
  remove(): Promise<void>;
}

type SqlKind = 'sqlite' | 'postgres' | 'postgres without a schema';

const inspected: Record<SqlKind, () => Promise<Inspected>> = {
  async sqlite() {
    const folder = await mkdtemp(join(tmpdir(), 'flairgate-'));
    const file = join(folder, 'test.db');
    const query = (statement: string) => {
      const handle = new Libsql(file);
      const rows = handle.prepare(statement).all([]);
      handle.close();
      return rows;
    };
    return {
      args: ['sqlite', file, ''],
      open: (options) => sqliteStore({ file, masterKey, ...options }),
      inspect: async (table) => inspectSqlite(query, table),
      run: async (statement) => new Libsql(file).exec(statement),
      rows: async (statement) => query(statement),
      remove: () => rm(folder, { recursive: true }),
    };
  },
  async postgres() {
    const name = newSchema();
    return {
      args: ['postgres', postgresUrl, name],
      open: (options) => postgresStore({ url: postgresUrl, schema: name, masterKey, ...options }),
      inspect: (table) => inspectPostgres(name, table),
      run: (statement) => asAdmin((client) => client.query(`set search_path = ${name}; ${statement}`)),
      rows: (statement) => rowsOf(name, statement),
      remove: () => dropSchema(name),
    };
  },
  /** The tables are in the first schema of the search path; other schemas of the database have some of the same names. */
  async 'postgres without a schema'() {
    const [name, other] = [newSchema(), newSchema()];
    await asAdmin((client) => client.query(`create schema ${name}; create schema ${other}`));
    await asAdmin((client) => client.query(`create table ${other}.flairgate_migration (name text, timestamp text)`));
    const url = new URL(postgresUrl);
    url.searchParams.set('options', `-c search_path=${name}`);
    return {
      args: ['postgres', url.href, ''],
      open: (options) => postgresStore({ url: url.href, masterKey, ...options }),
      inspect: (table) => inspectPostgres(name, table),
      run: (statement) => asAdmin((client) => client.query(`set search_path = ${name}; ${statement}`)),
      rows: (statement) => rowsOf(name, statement),
      remove: () => Promise.all([dropSchema(name), dropSchema(other)]).then(() => undefined),
    };
  },
};

const chosen = await kindsToTest(['sqlite', 'postgres']);
const kinds = chosen.flatMap((kind): readonly SqlKind[] => {
  if (kind === 'memory') return [];
  return kind === 'postgres' ? [kind, 'postgres without a schema'] : [kind];
});

if (kinds.length === 0)
  test('the migration tests need a SQL store, unless STORES leaves all of them out', () => undefined);

describe.each(kinds)('%s', { timeout: startTimeoutMs }, (kind) => {
  let database: Inspected;
  beforeEach(async () => {
    database = await inspected[kind]();
  });
  afterEach(() => database.remove());

  test('a migration makes every table as the schema says', async () => {
    await (await database.open()).close();
    for (const table of tables) {
      const { primary, unique, indexes } = shapeOf(table);
      const found = await database.inspect(`flairgate_${snake(table)}`);
      const expected = Object.entries(columns[table]).map(([name, type]) => `${snake(name)} ${type}`);
      expect(found.columns, table).toEqual(expected);
      expect(found.primary, table).toEqual(primary.map(snake));
      expect(found.unique.toSorted(), table).toEqual(unique.map((list) => list.map(snake).join()).toSorted());
      expect(found.indexes, table).toEqual(indexes.map((list) => list.map(snake).join()).toSorted());
    }
    expect(await database.inspect('flairgate_policy_group')).toEqual({
      columns: ['gid text', 'oid text', 'name text'],
      primary: ['gid', 'oid', 'name'],
      unique: [],
      indexes: ['oid,name'],
    });
  });

  test('a migration is done once when four processes start at once', async () => {
    const program = storeProgram(`
      const [row] = await store.read((tx) => tx.find('revision', {}));
      console.log(row.incarnation, store.material.tag('text'));
      await store.close();
    `);
    const outputs = await Promise.all(Array.from({ length: 4 }, () => linesOf(start(program, database.args))));
    expect(outputs.flat()).toHaveLength(4);
    expect(new Set(outputs.flat()).size).toBe(1);
  });

  test('a store that must be current opens when it is, and not before', async () => {
    const opening = database.open({ mustBeCurrent: true });
    await expect(opening).rejects.toMatchObject({ name: 'OptionError' });
    await (await database.open()).close();
    await (await database.open({ mustBeCurrent: true })).close();
    await database.run('delete from flairgate_migration');
    await expect(database.open({ mustBeCurrent: true })).rejects.toThrow(
      /lack 0001-first-tables; run `flairgate migrate`$/,
    );
  });

  test('a migration counts what users were given before there were consents as accepted', async () => {
    await (await database.open()).close();
    await database.run(`${BEFORE_POLICY_GROUPS[kind === 'sqlite' ? 'sqlite' : 'postgres']} ${BEFORE_CONSENTS}`);
    const store = await database.open();
    const { consents, memberships, places } = await store.read(async (tx) => ({
      consents: await tx.find('consent', {}),
      memberships: await tx.find('membership', {}),
      places: await tx.find('groupMember', {}),
    }));
    await store.close();
    expect(consents.map(({ uid, oid }) => `${uid} ${oid}`)).toEqual(['api home', 'member direct', 'nested outer']);
    expect(memberships).toMatchObject([{ uid: 'member', oid: 'direct', role: 'owner', accepted: true }]);
    expect(places).toMatchObject([{ gid: 'inner', uid: 'nested', accepted: true, giver: null, address: null }]);
  });

  test('the table of policy groups keeps the groups of each policy, by any writer', async () => {
    const store = await database.open();
    await store.write(async (tx) => {
      await tx.insert('policy', { oid: 'o', name: 'kept', grants: { a: {}, b: { deal: ['read'] } }, version: 1 });
      await tx.insert('policy', { oid: 'o', name: 'gone', grants: { a: {} }, version: 1 });
      await tx.insert('policy', { oid: 'o', name: 'none', grants: {}, version: 1 });
    });
    expect(await database.rows(POLICY_GROUPS)).toEqual(['a gone', 'a kept', 'b kept'].map(named));
    await store.write(async (tx) => {
      await tx.update('policy', { oid: 'o', name: 'kept' }, { grants: { c: {} }, version: 2 });
      await tx.remove('policy', { oid: 'o', name: 'gone' });
    });
    expect(await database.rows(POLICY_GROUPS)).toEqual(['c kept'].map(named));
    await database.run(`update flairgate_policy set name = 'moved' where name = 'kept'`);
    await database.run(`insert into flairgate_policy values ('o', 'broken', 'no { json', 1), ('o', 'list', '[1]', 1)`);
    expect(await database.rows(POLICY_GROUPS)).toEqual(['c moved'].map(named));
    await store.close();
  });

  test('a migration lists the groups of policies that are older than the table of them', async () => {
    await (await database.open()).close();
    await database.run(BEFORE_POLICY_GROUPS[kind === 'sqlite' ? 'sqlite' : 'postgres']);
    const grants = JSON.stringify({ a: { deal: ['read'] }, b: {} });
    await database.run(`insert into flairgate_policy values
      ('o', 'first', '${grants}', 1), ('o', 'broken', 'no { json', 1), ('o', 'list', '["a"]', 1), ('o', 'none', '{}', 1)`);
    const store = await database.open();
    const found = await store.read(async (tx) => ({
      ours: await tx.findPolicies(['o'], ['b', 'x']),
      all: await tx.findPolicies('all', ['a']),
      others: await tx.findPolicies(['p'], ['a']),
    }));
    await store.close();
    expect(found).toMatchObject({ ours: [{ name: 'first' }], all: [{ name: 'first' }], others: [] });
    expect(await database.rows(POLICY_GROUPS)).toEqual(['a first', 'b first'].map(named));
  });

  test('a store refuses a database that a newer version has migrated', async () => {
    await (await database.open()).close();
    await database.run(`insert into flairgate_migration values ('9999-later', '2100-01-01T00:00:00.000Z')`);
    const opening = database.open();
    await expect(opening).rejects.toMatchObject({ name: 'OptionError' });
    await expect(opening).rejects.toThrow(/newer Flairgate \(it has 9999-later\); start that version or a later one$/);
  });
});

const POLICY_GROUPS = `select gid || ' ' || name as named from flairgate_policy_group order by gid, name`;
const named = (text: string) => ({ named: text });

/** Undoes the migrations that came after the table of the groups of policies. */
const BEFORE_USAGE = `
    drop table flairgate_linked_subject; drop table flairgate_session; drop table flairgate_token_revocation;
    drop index flairgate_key_by_oid_kind_revoked_at_key_id; drop index flairgate_key_by_oid_kind_name_revoked_at;
    drop index flairgate_key_by_oid_created_by_kind_revoked_at; drop index flairgate_key_by_uid_revoked_at;
    drop index flairgate_membership_by_oid_uid; drop index flairgate_membership_by_oid_role;
    drop index flairgate_user_by_oid_uid;
    drop index flairgate_organization_by_name; alter table flairgate_organization drop column description;
    drop table flairgate_federation; drop table flairgate_used_token;
    drop table flairgate_usage; drop index flairgate_audit_by_oid_actor_id; drop index flairgate_audit_by_oid_target_id;
    drop index flairgate_audit_by_oid_action_id; drop index flairgate_audit_by_oid_outcome_id;
    delete from flairgate_migration
      where name in ('0006-usage', '0007-audit-filters', '0008-federations', '0009-organization-names', '0010-sign-in',
        '0011-growth-indexes');`;

/** Makes a database what it was before the table of the groups of policies. */
const BEFORE_POLICY_GROUPS = {
  sqlite: `${BEFORE_USAGE}
    drop trigger flairgate_policy_inserted; drop trigger flairgate_policy_updated;
    drop trigger flairgate_policy_deleted; drop table flairgate_policy_group;
    drop index flairgate_offer_by_via;
    delete from flairgate_migration where name in ('0004-policy-groups', '0005-offers-by-group');`,
  postgres: `${BEFORE_USAGE}
    drop trigger flairgate_policy_changed on flairgate_policy; drop table flairgate_policy_group;
    drop function flairgate_note_groups(); drop function flairgate_groups_of(text);
    drop index flairgate_offer_by_via;
    delete from flairgate_migration where name in ('0004-policy-groups', '0005-offers-by-group');`,
};

function rowsOf(schemaName: string, statement: string): Promise<readonly unknown[]> {
  return asAdmin(async (client) => {
    await client.query(`set search_path = ${schemaName}`);
    return (await client.query(statement)).rows;
  });
}

/** Makes a database what it was at the first migration, with rows of every kind that gives something. */
const BEFORE_CONSENTS = `
  drop table flairgate_consent; drop table flairgate_offer; drop table flairgate_decline;
  drop index flairgate_membership_by_uid_accepted; drop index flairgate_group_member_by_uid_accepted;
  alter table flairgate_membership drop column accepted;
  alter table flairgate_group_member drop column accepted;
  alter table flairgate_group_member drop column giver; alter table flairgate_group_member drop column address;
  alter table flairgate_group_owner drop column giver; alter table flairgate_group_owner drop column address;
  delete from flairgate_migration where name = '0003-consent';
  insert into flairgate_membership values ('member', 'direct', 'owner', '[]');
  insert into flairgate_user values ('api', 'sync@home.api.invalid', 'api', 'home', 1, 1);
  insert into flairgate_group_member values ('inner', 'nested');
  insert into flairgate_group_child values ('outer', 'inner'), ('inner', 'outer');
  insert into flairgate_group_organization values ('outer', 'outer'), ('other', 'other');
`;

function shapeOf(table: TableName): {
  readonly primary: readonly string[];
  readonly unique: readonly (readonly string[])[];
  readonly indexes: readonly (readonly string[])[];
} {
  return schema[table];
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function text(value: unknown): string {
  return String(value);
}

function inspectSqlite(query: (statement: string) => unknown[], table: string): FoundTable {
  const rows = (statement: string): Record<string, unknown>[] => query(statement).map((row) => Object(row));
  const info = rows(`select * from pragma_table_info('${table}')`);
  const lists = rows(`select * from pragma_index_list('${table}') where origin = 'c'`).map((index) => ({
    isUnique: index.unique === 1,
    columns: rows(`select * from pragma_index_info('${text(index.name)}') order by seqno`)
      .map((column) => text(column.name))
      .join(),
  }));
  return {
    columns: info.map((row) => `${text(row.name)} ${text(row.type).toLowerCase()}${row.notnull === 1 ? '' : '?'}`),
    primary: info
      .filter((row) => Number(row.pk) > 0)
      .toSorted((a, b) => Number(a.pk) - Number(b.pk))
      .map((row) => text(row.name)),
    unique: lists.filter((list) => list.isUnique).map((list) => list.columns),
    indexes: lists
      .filter((list) => !list.isUnique)
      .map((list) => list.columns)
      .toSorted(),
  };
}

async function inspectPostgres(name: string, table: string): Promise<FoundTable> {
  return asAdmin(async (client) => {
    const { rows: found } = await client.query(
      `select column_name, data_type, is_nullable, collation_name from information_schema.columns
       where table_schema = $1 and table_name = $2 order by ordinal_position`,
      [name, table],
    );
    const { rows: indexes } = await client.query(
      `select i.indisprimary, i.indisunique, (
         select string_agg(a.attname, ',' order by k.place) from unnest(i.indkey) with ordinality k(number, place)
         join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
       ) as columns
       from pg_index i where i.indrelid = ($1 || '.' || $2)::regclass`,
      [name, table],
    );
    for (const column of found) {
      if (column.data_type === 'text') expect(column.collation_name, `${table}.${column.column_name}`).toBe('C');
    }
    const type = (column: { data_type: string }) => (column.data_type === 'bigint' ? 'integer' : column.data_type);
    return {
      columns: found.map((row) => `${row.column_name} ${type(row)}${row.is_nullable === 'YES' ? '?' : ''}`),
      primary: indexes.find((index) => index.indisprimary)?.columns.split(',') ?? [],
      unique: indexes.filter((index) => index.indisunique && !index.indisprimary).map((index) => index.columns),
      indexes: indexes
        .filter((index) => !index.indisunique)
        .map((index) => index.columns)
        .toSorted(),
    };
  });
}
