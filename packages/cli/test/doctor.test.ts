import { chmod, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rowLevelSecurity } from '@flairgate/core/rls';
import Database from 'libsql';
import pg from 'pg';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kindsToTest, postgresUrl } from '../../stores/test/databases.js';
import { type Workplace, workplace } from './flairgate.js';

const timeout = 60_000;
let place: Workplace;

interface Finding {
  readonly check: string;
  readonly text: string;
}

/** Runs the doctor and gives what it found; its exit code must fit. */
async function findings(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const { exit, stdout, stderr } = await place.run(['doctor', ...args, '--json'], env);
  const { findings: found, error } = JSON.parse(stdout) as { findings?: readonly Finding[]; error?: string };
  if (found === undefined) throw new Error(`${error} ${stderr}`);
  expect(exit).toBe(found.length === 0 ? 0 : 1);
  return found;
}

beforeEach(async () => {
  place = await workplace();
});
afterEach(() => place.remove());

describe('on a database of its own', () => {
  it('flairgate doctor says that there is no database, and makes none', { timeout }, async () => {
    expect(await findings()).toEqual([{ check: 'database', text: expect.stringMatching(/^there is no /) }]);
    expect(await readdir(place.folder)).toEqual([]);
  });

  it('doctor finds nothing in a database that is in order, and each thing that is not', { timeout }, async () => {
    await place.json(['org', 'create', '--name', 'Acme']);
    const ended = await place.run(['doctor']);
    expect(ended).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^(?:ok {5}\w+: .+\n){7}$/) });

    const file = join(place.folder, '.flairgate', 'flairgate.db');
    await chmod(`${file}.master-key`, 0o644);
    expect(await findings()).toEqual([{ check: 'files', text: expect.stringContaining('flairgate.db.master-key') }]);
    await chmod(`${file}.master-key`, 0o600);

    const { oid } = await place.json(['org', 'create', '--name', 'Left', '--owner', 'ann@example.com']);
    await place.json(['user', 'delete', '--user', 'ann@example.com']);
    expect(await findings()).toEqual([{ check: 'owner', text: expect.stringContaining(String(oid)) }]);
    const { uid } = await place.json(['user', 'create', '--email', 'bob@example.com']);
    await place.json(['user', 'join', '--user', String(uid), '--org', String(oid), '--role', 'owner']);
    expect(await findings()).toEqual([]);

    const wrong = Buffer.alloc(32, 9).toString('base64url');
    const [found, ...others] = await findings([], { FLAIRGATE_MASTER_KEY: wrong });
    expect(others).toEqual([]);
    expect(found).toMatchObject({ check: 'database', text: expect.stringMatching(/^FLAIRGATE_MASTER_KEY: /) });
    expect(found?.text).not.toContain(wrong);

    const database = new Database(file);
    database.exec(`update flairgate_change set at = ${Date.now() + 3_600_000}`);
    expect(await findings()).toEqual([{ check: 'clock', text: expect.stringMatching(/\d{4} s after now/) }]);
    database.exec('update flairgate_change set at = 0');
    database.exec('update flairgate_revision set n = 0');
    expect(await findings()).toMatchObject([{ check: 'revision' }]);
    database.exec('delete from flairgate_migration');
    expect(await findings()).toMatchObject([{ check: 'database', text: expect.stringContaining('flairgate migrate') }]);
    database.close();
  });

  it('doctor finds a policy that is not found by a group it names', { timeout }, async () => {
    const { oid } = await place.json(['org', 'create', '--name', 'Acme']);
    const { gid } = await place.json(['group', 'create', '--name', 'Ops']);
    const grants = join(place.folder, 'grants.json');
    await writeFile(grants, JSON.stringify({ [String(gid)]: { deal: ['read'] } }));
    await place.json(['policy', 'put', '--org', String(oid), '--name', 'ops', '--file', grants]);
    const missing = new Database(join(place.folder, '.flairgate', 'flairgate.db'));
    missing.exec('delete from flairgate_policy_group');
    expect(await findings()).toEqual([
      { check: 'policy', text: expect.stringContaining(`policy ops of organization ${oid}`) },
    ]);
    missing.exec('update flairgate_policy set grants = grants');
    missing.close();
    expect(await findings()).toEqual([]);
  });

  it('doctor says that PostgreSQL is out of reach, and nothing of the password', { timeout }, async () => {
    const url = 'postgres://somebody:MARKED@127.0.0.1:1/none';
    const env = { DATABASE_URL: url, FLAIRGATE_MASTER_KEY: Buffer.alloc(32, 9).toString('base64url') };
    const found = await findings([], env);
    expect(found).toMatchObject([{ check: 'database', text: expect.stringContaining('ECONNREFUSED') }]);
    expect(JSON.stringify(found)).not.toContain('MARKED');
    expect((await place.run(['doctor', '--table', 'rule', '--content', 'data'], env)).exit).toBe(1);
  });

  it('doctor refuses options that do not belong together', { timeout }, async () => {
    expect((await place.run(['doctor', '--table', 'rule'])).exit).toBe(2);
    expect((await place.run(['doctor', '--role', 'service'])).exit).toBe(2);
    expect((await place.run(['doctor', '--allow-private-addresses'])).exit).toBe(2);
    expect((await place.run(['doctor', '--table', 'rule', '--content', 'data'])).exit).toBe(1);
  });
});

const [postgres] = await kindsToTest(['postgres']);

describe.skipIf(postgres === undefined)('on a database of PostgreSQL', () => {
  const schema = `flairgate_doctor_own_${process.pid}`;
  const admin = new pg.Pool({ connectionString: postgresUrl, max: 1 });
  afterAll(async () => {
    await admin.query(`drop schema if exists ${schema} cascade`);
    await admin.end();
  });

  it('flairgate doctor finds nothing where `migrate` was run, and names a newer version', { timeout }, async () => {
    await admin.query(`create schema ${schema}`);
    const url = new URL(postgresUrl);
    url.searchParams.set('options', `-c search_path=${schema}`);
    const env = { DATABASE_URL: url.href, FLAIRGATE_MASTER_KEY: Buffer.alloc(32, 9).toString('base64url') };
    expect(await findings([], env)).toMatchObject([{ check: 'database', text: expect.stringContaining('migrate') }]);
    expect(await place.run(['migrate'], env)).toMatchObject({ exit: 0 });
    expect(await findings([], env)).toEqual([]);
    await admin.query(`insert into ${schema}.flairgate_migration values ('9999-later', '2100-01-01T00:00:00.000Z')`);
    const newer = expect.stringContaining('newer Flairgate (it has 9999-later)');
    expect(await findings([], env)).toEqual([{ check: 'database', text: newer }]);
    for (const words of [['migrate'], ['org', 'list'], ['serve', '--port', '0']]) {
      expect(await place.run(words, env)).toMatchObject({ exit: 1, stderr: newer });
    }
  });
});

describe.skipIf(postgres === undefined)('on the row-level security of a table', () => {
  const schema = `flairgate_doctor_${process.pid}`;
  const admin = new pg.Pool({ connectionString: postgresUrl, max: 1 });
  afterAll(async () => {
    await admin.query(`drop schema if exists ${schema} cascade`);
    await admin.query(`drop role if exists ${schema}`);
    await admin.end();
  });

  it('flairgate doctor finds nothing where row-level security acts, and refuses a superuser', { timeout }, async () => {
    const table = `${schema}.rule`;
    const columns =
      'id text primary key, oid text not null, created_by text, locked_by text, secret_to text, data text';
    await admin.query(`create schema ${schema}; create table ${table} (${columns})`);
    await admin.query(`create role ${schema} nosuperuser nobypassrls; grant usage on schema ${schema} to ${schema}`);
    await admin.query(rowLevelSecurity({ table, role: schema, content: ['data'], fields: [] }));
    const asked = ['--table', table, '--content', 'data'];
    const env = { DATABASE_URL: postgresUrl };
    expect(await findings([...asked, '--role', schema], env)).toEqual([]);
    expect(await findings(asked, env)).toEqual([
      { check: 'row-level-security', text: expect.stringMatching(/is a superuser: policies never act for it$/) },
    ]);
  });

  it('doctor finds rows whose organization is in capitals', { timeout }, async () => {
    const table = `${schema}.capitals`;
    await admin.query(`create schema if not exists ${schema}`);
    await admin.query(`create table ${table} (id text, oid text, created_by text, locked_by text, secret_to text)`);
    const capitals = async () => {
      const found = await findings(['--table', table, '--content', 'data'], { DATABASE_URL: postgresUrl });
      return found.filter(({ check }) => check === 'organization-case').map(({ text }) => text);
    };
    await admin.query(`insert into ${table} (id, oid) values ('1', 'a5b1c2d3-0000-4000-8000-00000000abcd')`);
    expect(await capitals()).toEqual([]);
    await admin.query(`insert into ${table} (id, oid) values ('2', 'A5B1C2D3-0000-4000-8000-00000000ABCD')`);
    expect(await capitals()).toEqual([expect.stringMatching(/^1 rows have the organization in capitals, 1 in lower/)]);
    await admin.query(`delete from ${table} where id = '1'`);
    expect(await capitals()).toEqual([expect.stringContaining("organizationCase: 'upper'")]);
  });

  it('the SQL of rls acts on a table without its schema, or leaves it as it was', { timeout }, async () => {
    const named = `${schema}_b`;
    const at = new pg.Pool({ connectionString: postgresUrl, max: 1, options: `-c search_path=${named}` });
    try {
      await at.query(`create schema ${named}; create role ${named} nosuperuser bypassrls`);
      await at.query(`grant usage on schema ${named} to ${named}`);
      await at.query(
        `create table rule (id text primary key, oid text, created_by text, locked_by text, secret_to text, data text);
         insert into rule values ('a', 'o', 'me', null, null, 'seen'), ('b', 'o', 'other', null, 'other', 'kept')`,
      );
      const printed = await place.run(['rls', '--table', 'rule', '--role', named, '--content', 'data']);
      const sql = printed.stdout.replace(/^\\set ON_ERROR_STOP on$/m, '');
      await expect(at.query(sql)).rejects.toThrow('BYPASSRLS');
      await at.query('rollback');
      const isOn = "select relrowsecurity as on from pg_class where oid = 'rule'::regclass";
      expect((await at.query(isOn)).rows).toEqual([{ on: false }]);

      await at.query(`alter role ${named} nobypassrls`);
      await at.query(sql);
      expect((await at.query(isOn)).rows).toEqual([{ on: true }]);
      await at.query(`begin; set local role ${named}`);
      await at.query("select flairgate_enter('o', 'me', 'mine', '-')");
      const { rows } = await at.query('select id, data, opaque from rule_content order by id');
      await at.query('rollback');
      expect(rows).toEqual([
        { id: 'a', data: 'seen', opaque: false },
        { id: 'b', data: null, opaque: true },
      ]);
    } finally {
      await at.query(`drop schema if exists ${named} cascade`);
      await at.query(`drop role if exists ${named}`);
      await at.end();
    }
  });
});
