import { type Kysely, sql } from 'kysely';
import { createTables } from './create-table.js';
import type { Engine } from './engine.js';

/**
 * Creates a table that lists, for each policy, the groups to which the policy grants something. A reader can then find
 * the policies for a group without reading every policy.
 *
 * Triggers update the table in the transaction that writes a policy, so the table stays correct after restores, manual
 * edits and writes by processes of an older version. A policy whose text is not valid JSON grants nothing, and has no
 * rows in the table.
 */
export async function policyGroups(db: Kysely<unknown>, engine: Engine, schema?: string): Promise<void> {
  await createTables(db, engine, {
    flairgate_policy_group: {
      columns: { gid: 'text', oid: 'text', name: 'text' },
      primary: ['gid', 'oid', 'name'],
      indexes: [['oid', 'name']],
    },
  });
  const statements = engine === 'sqlite' ? SQLITE : postgresStatements(schema);
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const FORGET = 'delete from flairgate_policy_group where oid = old.oid and name = old.name;';

/**
 * Returns the statement that adds the groups of a policy to the table. If `from` is empty, `row` is the new row of a
 * trigger. Otherwise the statement adds the groups of every policy in `from`.
 */
const note = (row: string, from: string) => `
  insert into flairgate_policy_group (gid, oid, name)
  select distinct named.key, ${row}.oid, ${row}.name
  from ${from}json_each(case when json_valid(${row}.grants) then ${row}.grants else '{}' end) as named
  where typeof(named.key) = 'text';`;

const SQLITE: readonly string[] = [
  `create trigger flairgate_policy_inserted after insert on flairgate_policy begin ${note('new', '')} end`,
  `create trigger flairgate_policy_updated after update of oid, name, grants on flairgate_policy
    begin ${FORGET} ${note('new', '')} end`,
  `create trigger flairgate_policy_deleted after delete on flairgate_policy begin ${FORGET} end`,
  note('policy', 'flairgate_policy as policy, '),
];

/**
 * Returns the statements for PostgreSQL. The trigger is created before the existing policies are added to the table.
 * Its creation waits for writes in progress and delays later writes, so no policy is missed.
 *
 * The functions of the trigger use the policy-group table in the same schema as the written policy. A dump can
 * therefore be restored into another schema.
 */
function postgresStatements(schema: string | undefined): readonly string[] {
  const within = schema === undefined ? '' : `"${schema}".`;
  return [
    `create function ${within}flairgate_groups_of(grants text) returns setof text language plpgsql immutable as $$
      begin
        return query select distinct json_object_keys(grants::json);
      exception when data_exception then
        return;
      end $$`,
    `create function ${within}flairgate_note_groups() returns trigger language plpgsql as $$
      begin
        if tg_op <> 'INSERT' then
          execute format('delete from %I.flairgate_policy_group where oid = $1 and name = $2', tg_table_schema)
            using old.oid, old.name;
        end if;
        if tg_op <> 'DELETE' then
          execute format('insert into %1$I.flairgate_policy_group (gid, oid, name)
            select gid, $1, $2 from %1$I.flairgate_groups_of($3) as named (gid)', tg_table_schema)
            using new.oid, new.name, new.grants;
        end if;
        return null;
      end $$`,
    `create trigger flairgate_policy_changed after insert or delete or update of oid, name, grants
      on ${within}flairgate_policy for each row execute function ${within}flairgate_note_groups()`,
    `insert into ${within}flairgate_policy_group (gid, oid, name)
      select named.gid, policy.oid, policy.name
      from ${within}flairgate_policy as policy, ${within}flairgate_groups_of(policy.grants) as named (gid)`,
  ];
}
