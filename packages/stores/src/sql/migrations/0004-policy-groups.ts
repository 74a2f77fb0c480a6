import { type Kysely, sql } from 'kysely';
import type { Engine } from './engine.js';

const NAME = 'flairgate_policy_group';

/**
 * Keeps, by triggers, which groups each policy grants something to, so that a read by group does not read every policy.
 *
 * The database does it, in the transaction that writes a policy: processes of an older version, restores and edits by
 * hand keep the table right too. A policy whose text is not valid JSON grants nothing, and has no rows.
 */
export async function policyGroups(db: Kysely<unknown>, engine: Engine, schema?: string): Promise<void> {
  const text = engine === 'sqlite' ? sql`text` : sql`text collate "C"`;
  let create = db.schema
    .createTable(NAME)
    .addColumn('gid', text, (built) => built.notNull())
    .addColumn('oid', text, (built) => built.notNull())
    .addColumn('name', text, (built) => built.notNull())
    .addPrimaryKeyConstraint(`${NAME}_primary`, ['gid', 'oid', 'name']);
  if (engine === 'sqlite') create = create.modifyEnd(sql`strict, without rowid`);
  await create.execute();
  await db.schema.createIndex(`${NAME}_by_oid_name`).on(NAME).columns(['oid', 'name']).execute();
  const statements = engine === 'sqlite' ? SQLITE : postgresStatements(schema);
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const FORGET = 'delete from flairgate_policy_group where oid = old.oid and name = old.name;';

/** Notes the groups of rows of `from`, whose columns are those of a policy. */
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
 * The trigger comes before the rows that are there: it waits for the writes in progress and delays the next ones.
 *
 * The functions find the tables next to the one that was written, so that a dump can be restored into another schema.
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
