import { hasFlair, quote, rlsConditions, setting } from './rls-conditions.js';
import type { RlsShape } from './rls-shape.js';

/**
 * Creates the trigger that sets the ownership of new rows and the lock of updated rows. The trigger overrides the
 * values in the statement.
 */
export function ownershipTrigger({ table, name, schema, columns }: RlsShape): string {
  const { organization, createdBy, lockedBy, secretTo } = columns;
  const row = (column: string) => `new.${quote(column)}`;
  const was = (column: string) => `old.${quote(column)}`;
  const lock = `case when ${hasFlair('lock')} then ${setting('identity')} end`;
  const trigger = `${schema}${quote(`flairgate_${name}_ownership`)}`;
  return `create or replace function ${trigger}() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if ${setting('oid')} is null or ${setting('identity')} is null then
    raise exception 'nobody calls: use flairgate_enter in this transaction' using errcode = 'insufficient_privilege';
  end if;
  if tg_op = 'INSERT' then
    ${row(organization)} := ${setting('oid')};
    ${row(createdBy)} := ${setting('identity')};
    ${row(lockedBy)} := ${lock};
    ${row(secretTo)} := case when ${hasFlair('secret')} then ${setting('secret_id')} end;
  else
    ${row(organization)} := ${was(organization)};
    ${row(createdBy)} := ${was(createdBy)};
    ${row(secretTo)} := ${was(secretTo)};
    ${row(lockedBy)} := coalesce(${was(lockedBy)}, ${lock});
  end if;
  return new;
end $$;
drop trigger if exists flairgate_ownership on ${table};
create trigger flairgate_ownership before insert or update on ${table}
  for each row execute function ${trigger}();`;
}

/**
 * Creates the functions that read content for the view. They run with the rights of the table's owner. Each function
 * contains the whole condition, because policies have no effect if the owner is a superuser.
 *
 * PostgreSQL parses the function bodies when they are created. Therefore the functions always read the table that the
 * other statements name, with or without a schema, regardless of the caller's `search_path`.
 */
export function contentFunctions(shape: RlsShape): readonly string[] {
  const { table, role, columns, content } = shape;
  const { known, readable } = rlsConditions(columns);
  const id = quote(columns.id);
  return content.map((column) => {
    const reader = contentReader(shape, column);
    return `create or replace function ${reader}(of ${table}.${id}%type) returns ${table}.${quote(column)}%type
language sql stable security definer set search_path = pg_catalog, pg_temp
begin atomic
  select ${quote(column)} from ${table} where ${id} = $1 and ${known} and ${readable};
end;
revoke all on function ${reader} from public;
grant execute on function ${reader} to ${role};`;
  });
}

/**
 * Creates the view that shows content to callers that may read it. Other callers see null as the content and true in
 * the column `opaque`.
 */
export function contentView(shape: RlsShape): string {
  const { table, name, schema, role, columns, fields, content } = shape;
  const { readable } = rlsConditions(columns);
  const { id, organization, createdBy, lockedBy, secretTo } = columns;
  const plain = [id, organization, createdBy, lockedBy, secretTo, ...fields].map(quote);
  const shown = content.map((column) => `${contentReader(shape, column)}(${quote(id)}) as ${quote(column)}`);
  const view = `${schema}${quote(`${name}_content`)}`;
  return `drop view if exists ${view};
create view ${view} with (security_invoker = true, security_barrier = true) as
  select ${[...plain, ...shown].join(', ')}, not coalesce(${readable}, false) as opaque
  from ${table};
grant select on ${view} to ${role};`;
}

function contentReader({ schema, name }: RlsShape, column: string): string {
  return `${schema}${quote(`flairgate_${name}_${column}`)}`;
}
