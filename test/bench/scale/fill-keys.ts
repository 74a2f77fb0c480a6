import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { hashSecret } from '@flairgate/core/calibrate';
import { mintKeyId, mintKeyText } from '@flairgate/core/internal';
import type { Store } from '@flairgate/core/store';
import { postgresStore } from '@flairgate/stores/postgres';
import { sqliteStore } from '@flairgate/stores/sqlite';
import Libsql from 'libsql';
import pg from 'pg';
import { dropSchema, newFolder, newSchema, postgresUrl } from '../harness/fixture.js';

export type Database = 'SQLite' | 'PostgreSQL';

/** A store with many keys. */
export interface ManyKeys {
  readonly store: Store;
  /** Texts of the keys that can be used; the others are there to be passed over. */
  readonly texts: readonly string[];
  /** Closes and removes the store. */
  remove(): Promise<void>;
}

/** A database to fill past the library. */
interface Target {
  readonly store: Store;
  /** SQL for a table `numbers` with `n` from 1 to `count`. */
  numbers(count: number): string;
  /** Returns the SQL of a number as text with `length` digits. */
  digits(length: number): string;
  /** SQL for 32 random hexadecimal digits. */
  readonly tag: string;
  /** Runs statements in one transaction. */
  run(statements: readonly Statement[]): Promise<void>;
  remove(): Promise<void>;
}

interface Statement {
  /** Parameters are written `?`. */
  readonly sql: string;
  readonly values?: readonly (string | number)[];
}

const OID = '00000000-0000-4000-8000-000000000001';

/** As long as the library's own ids are. */
const ID_DIGITS = 21;

/**
 * Makes a store with `count` organization keys, `usable` of them with a known text.
 *
 * The rows are written past the library, with one hash for all: a million hashes would take hours.
 */
export async function storeWithKeys(
  database: Database,
  count: number,
  usable: number,
  permissions: readonly string[],
): Promise<ManyKeys> {
  const target = await opened[database]();
  const { store, remove } = target;
  const texts = Array.from({ length: usable }, () => flat(mintKeyText('fg', mintKeyId(randomBytes), randomBytes)));
  await target.run([...rows(target, count, usable, permissions), ...(await secrets(store, texts))]);
  return { store, texts, remove };
}

/** Creates the rows: an organization, identities, keys, and their secrets, which are unknown. */
function rows(target: Target, count: number, usable: number, permissions: readonly string[]): readonly Statement[] {
  const id = (letter: string) => `'${letter}' || ${target.digits(ID_DIGITS)}`;
  const numbers = target.numbers(count);
  return [
    {
      sql: 'insert into flairgate_organization (oid, name, location, created_by, created_at) values (?, ?, ?, null, 0)',
      values: [OID, 'bench', ''],
    },
    {
      sql: `insert into flairgate_identity (id, kind, scope, name, secret_id, created_by, created_at)
        select ${id('i')}, 'key', '${OID}', 'key ' || n, ${id('s')}, null, 0 from ${numbers}`,
    },
    {
      sql: `insert into flairgate_key (key_id, identity, kind, oid, uid, name, flairs, permissions, ranges, description,
          created_by, created_by_name, created_at, expires_at, disabled_at, revoked_at, masked, sealed, policy, honeytoken)
        select ${id('k')}, ${id('i')}, 'organization', '${OID}', null, 'key ' || n, '[]', '${JSON.stringify(permissions)}',
          '[]', null, null, 'bench', 0, null, null, null, null, null, 'null', 0 from ${numbers}`,
    },
    {
      sql: `insert into flairgate_secret (tag, key_id, hash, created_at, ends_at, last_used_at)
        select ${target.tag}, ${id('k')}, '-', 0, null, null from ${numbers} where n > ${usable}`,
    },
  ];
}

async function secrets({ material }: Store, texts: readonly string[]): Promise<readonly Statement[]> {
  const sql =
    'insert into flairgate_secret (tag, key_id, hash, created_at, ends_at, last_used_at) values (?, ?, ?, 0, null, null)';
  const made: Statement[] = [];
  for (const [index, text] of texts.entries()) {
    const hash = await hashSecret(text, { scheme: 'sha256', rounds: 1 }, randomBytes);
    made.push({ sql, values: [material.tag(text), `k${String(index + 1).padStart(ID_DIGITS, '0')}`, hash] });
  }
  return made;
}

const opened: Readonly<Record<Database, () => Promise<Target>>> = {
  SQLite: async () => {
    const folder = newFolder();
    const file = join(folder, 'keys.db');
    const store = await sqliteStore({ file, masterKey: randomBytes(32) });
    return {
      store,
      numbers: (count) =>
        `(with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ${count}) select n from numbers)`,
      digits: (length) => `printf('%0${length}d', n)`,
      tag: 'lower(hex(randomblob(16)))',
      run: async (statements) => runInFile(file, statements),
      remove: async () => {
        await store.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
  PostgreSQL: async () => {
    const schema = newSchema();
    const store = await postgresStore({ url: postgresUrl, schema, masterKey: randomBytes(32) });
    return {
      store,
      numbers: (count) => `generate_series(1, ${count}) as numbers(n)`,
      digits: (length) => `lpad(n::text, ${length}, '0')`,
      tag: 'md5(random()::text || n)',
      run: (statements) => runInSchema(schema, statements),
      remove: async () => {
        await store.close();
        await dropSchema(schema);
      },
    };
  },
};

function runInFile(file: string, statements: readonly Statement[]): void {
  const database = new Libsql(file);
  database.exec('pragma synchronous = off; begin immediate');
  for (const { sql, values = [] } of statements) database.prepare(sql).run([...values]);
  database.exec('commit; analyze');
  database.close();
}

async function runInSchema(schema: string, statements: readonly Statement[]): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    await client.query(`set search_path to ${schema}; set synchronous_commit to off; begin`);
    for (const { sql, values = [] } of statements) {
      let place = 0;
      const numbered = sql.replace(/\?/g, () => {
        place += 1;
        return `$${place}`;
      });
      await client.query(numbered, [...values]);
    }
    await client.query('commit');
    // Without statistics the planner believes that there are few rows.
    await client.query('analyze');
  } finally {
    await client.end();
  }
}

/** The text as a header has it: in one piece, and not as the pieces it was put together from. */
function flat(text: string): string {
  return Buffer.from(text).toString();
}
