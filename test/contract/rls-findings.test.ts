import { rowLevelSecurity, rowLevelSecurityFindings } from '@flairgate/core/rls';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { kindsToTest, postgresUrl } from '../../packages/stores/test/databases.js';

const [postgres] = await kindsToTest(['postgres']);

describe.skipIf(postgres === undefined)('what keeps row-level security from acting', () => {
  const schema = `flairgate_findings_${process.pid}`;
  const role = `flairgate_findings_role_${process.pid}`;
  const table = `${schema}.rule`;
  const admin = new pg.Pool({ connectionString: postgresUrl, max: 1 });

  beforeAll(async () => {
    await admin.query(`create schema ${schema}`);
    await admin.query(
      `create table ${table} (id text primary key, oid text not null, created_by text, locked_by text, secret_to text, name text, data text)`,
    );
    await admin.query(`create role ${role} nosuperuser nobypassrls`);
    await admin.query(`grant usage on schema ${schema} to ${role}`);
  });
  beforeEach(() => admin.query(rowLevelSecurity({ table, role, content: ['data'], fields: ['name'] })));
  afterAll(async () => {
    await admin.query(`drop schema if exists ${schema} cascade`);
    await admin.query(`drop role if exists ${role}`);
    await admin.end();
  });

  async function look(about: { readonly table?: string; readonly role?: string } = {}): Promise<readonly string[]> {
    const query = rowLevelSecurityFindings({ table, role, content: ['data'], ...about });
    return (await admin.query<{ finding: string }>(query)).rows.map(({ finding }) => finding);
  }

  it('what keeps row-level security from acting is nothing where the SQL of `flairgate rls` was run', async () => {
    expect(await look()).toEqual([]);
  });

  it('what keeps row-level security from acting is a superuser', async () => {
    const { rows } = await admin.query<{ name: string }>('select current_user as name');
    const found = await look({ role: rows[0]?.name ?? '' });
    expect(found).toEqual([expect.stringMatching(/is a superuser: policies never act for it$/)]);
  });

  /** Problems, the finding for each, and how to undo it if running the SQL again does not. */
  const troubles: readonly { readonly wrong: string; readonly found: RegExp; readonly undo?: string }[] = [
    { wrong: `alter role ${role} bypassrls`, found: /has BYPASSRLS/, undo: `alter role ${role} nobypassrls` },
    { wrong: `alter table ${table} disable row level security`, found: /is off$/ },
    { wrong: `alter table ${table} no force row level security`, found: /is not forced/ },
    { wrong: `drop policy flairgate_update on ${table}`, found: /policy flairgate_update is missing/ },
    {
      wrong: `drop policy flairgate_read on ${table}; create policy flairgate_read on ${table} for select using (true)`,
      found: /policy flairgate_read is missing, or another one has its name/,
    },
    {
      wrong: `create policy open on ${table} using (true)`,
      found: /not Flairgate's/,
      undo: `drop policy open on ${table}`,
    },
    { wrong: `alter table ${table} disable trigger flairgate_ownership`, found: /trigger flairgate_ownership/ },
    { wrong: `grant select on ${table} to ${role}`, found: /reads data from the table itself/ },
    { wrong: `grant select on ${table} to public`, found: /reads data from the table itself/ },
    { wrong: `grant update (locked_by) on ${table} to ${role}`, found: /may write locked_by$/ },
    { wrong: `grant insert (created_by) on ${table} to ${role}`, found: /may write created_by$/ },
    { wrong: `grant truncate on ${table} to ${role}`, found: /has TRUNCATE/ },
    { wrong: `grant trigger on ${table} to ${role}`, found: /has TRIGGER/ },
    { wrong: `alter view ${table}_content reset (security_invoker)`, found: /is not security_invoker$/ },
    { wrong: `alter view ${table}_content set (security_barrier = false)`, found: /is not security_barrier$/ },
    { wrong: `drop view ${table}_content`, found: /there is no view/ },
  ];

  it.each(troubles)('what keeps row-level security from acting is found: $wrong', async ({ wrong, found, undo }) => {
    await admin.query(wrong);
    expect(await look()).toEqual([expect.stringMatching(found)]);
    if (undo !== undefined) await admin.query(undo);
  });

  it('what keeps row-level security from acting is a role that may act as the owner of the table', async () => {
    await admin.query(`alter table ${table} owner to ${role}`);
    expect(await look()).toContainEqual(expect.stringMatching(/or may act as its owner/));
    await admin.query(`alter table ${table} owner to current_user`);
  });

  it('what keeps row-level security from acting is a table or a role that is not there', async () => {
    expect(await look({ table: `${schema}.none` })).toEqual([expect.stringContaining('there is no table')]);
    expect(await look({ role: 'nobody_of_this_name' })).toEqual([expect.stringContaining('there is no role')]);
  });
});
