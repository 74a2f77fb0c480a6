import { quote, rlsConditions } from './rls-conditions.js';
import { contentFunctions, contentView, ownershipTrigger } from './rls-parts.js';
import { parseRlsOptions, type RlsShape, type RowLevelSecurityOptions } from './rls-shape.js';

export type { RowLevelSecurityOptions } from './rls-shape.js';

/**
 * Returns SQL that makes PostgreSQL itself enforce the rules for one table. Then even a statement without a condition
 * reaches only the rows that the caller may reach.
 *
 * The SQL creates row-level-security policies, which also apply to the table's owner. The SQL creates a trigger that
 * sets ownership. It creates column privileges and a view that protect content. Run the SQL once, as the owner of the
 * table. The SQL fails if `role` is a superuser or has `BYPASSRLS`.
 *
 * Row-level security isolates callers but does not report reasons. Reads skip hidden rows, and writes skip hidden and
 * locked rows, without an error.
 *
 * @throws OptionError for a name that is not a plain identifier or that is listed twice.
 * @see docs/resources.md
 * @example
 * await client.query(rowLevelSecurity({ table: 'rule', role: 'app', content: ['data'], fields: ['name'] }));
 */
export function rowLevelSecurity(options: RowLevelSecurityOptions): string {
  const shape = parseRlsOptions(options);
  return [superuserCheckSql(shape), enterFunction(shape), ownershipTrigger(shape), policies(shape), privileges(shape)]
    .concat(contentFunctions(shape), contentView(shape))
    .join('\n\n')
    .concat('\n');
}

/**
 * Creates the check that fails if the role is a superuser or has `BYPASSRLS`. Policies have no effect for such a role.
 */
function superuserCheckSql({ role }: RlsShape): string {
  const literal = `'${role.slice(1, -1)}'`;
  return `do $$ begin
  if exists (select from pg_roles where rolname = ${literal} and (rolsuper or rolbypassrls)) then
    raise exception 'row-level security never acts for role %: it is a superuser or has BYPASSRLS', ${literal};
  end if;
end $$;`;
}

/** Creates the function that sets the caller until the end of the transaction. */
function enterFunction({ schema, role }: RlsShape): string {
  return `create or replace function ${schema}flairgate_enter(oid text, identity text, secret_id text, flairs text)
returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from pg_roles where rolname = current_user and (rolsuper or rolbypassrls)) then
    raise exception 'row-level security never acts for role %: it is a superuser or has BYPASSRLS', current_user;
  end if;
  perform set_config('flairgate.oid', oid, true), set_config('flairgate.identity', identity, true),
    set_config('flairgate.secret_id', secret_id, true), set_config('flairgate.flairs', flairs, true);
end $$;
grant execute on function ${schema}flairgate_enter(text, text, text, text) to ${role};`;
}

function policies(shape: RlsShape): string {
  const { table, role } = shape;
  const { known, writable, mine } = rlsConditions(shape.columns);
  return `alter table ${table} enable row level security;
alter table ${table} force row level security;
drop policy if exists flairgate_read on ${table};
drop policy if exists flairgate_create on ${table};
drop policy if exists flairgate_update on ${table};
drop policy if exists flairgate_delete on ${table};
create policy flairgate_read on ${table} for select to public using (${known});
create policy flairgate_create on ${table} for insert to public with check (${mine});
create policy flairgate_update on ${table} for update to public using (${writable}) with check (${known});
create policy flairgate_delete on ${table} for delete to public using (${writable});
revoke all on ${table} from public, ${role};`;
}

/** Creates the column privileges of the role. The role can neither read content from the table nor write ownership. */
function privileges({ table, role, columns, fields, content }: RlsShape): string {
  const list = (names: readonly string[]) => names.map(quote).join(', ');
  const { id, organization, createdBy, lockedBy, secretTo } = columns;
  const readable = [id, organization, createdBy, lockedBy, secretTo, ...fields];
  return `grant select (${list(readable)}) on ${table} to ${role};
grant insert (${list([id, ...fields, ...content])}) on ${table} to ${role};
grant update (${list([...fields, ...content])}) on ${table} to ${role};
grant delete on ${table} to ${role};`;
}
