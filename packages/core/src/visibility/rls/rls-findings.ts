import { parseRlsOptions, type RlsShape, type RowLevelSecurityOptions } from './rls-shape.js';

/**
 * A finding, and the SQL condition under which it applies. The condition refers to the row `s`, which describes the
 * table and the role.
 */
type Check = readonly [finding: string, condition: string];

/**
 * Returns a query that finds problems that would make row-level security ineffective. The query returns one row per
 * problem, with a description in `finding`. It returns no rows if everything is as `rowLevelSecurity` created it.
 *
 * Any role may run it, because it reads only the system catalog and not the table.
 *
 * @throws OptionError under the same conditions as `rowLevelSecurity`.
 * @example
 * const { rows } = await client.query(rowLevelSecurityFindings({ table: 'rule', role: 'app', content: ['data'] }));
 */
export function rowLevelSecurityFindings(options: Omit<RowLevelSecurityOptions, 'fields'>): string {
  const shape = parseRlsOptions({ ...options, fields: [] });
  const there = [...ofRole(shape), ...ofTable(shape), ...ofPolicies(), ...ofColumns(shape), ...ofView(shape)];
  const missing = `select ${sqlText(`there is no table ${shape.table}`)} where ${regclass(shape.table)} is null`;
  const found = there.map(([finding, condition]) => `select ${sqlText(finding)} from subject s where ${condition}`);
  return `with subject as (
  select c.*, r.oid as role, r.rolsuper, r.rolsuper or r.rolbypassrls as mighty
  from pg_catalog.pg_class c left join pg_catalog.pg_roles r on r.rolname = ${sqlText(bare(shape.role))}
  where c.oid = ${regclass(shape.table)}
)
select finding from (
  ${[missing, ...found].join('\n  union all ')}
) as found (finding)
`;
}

function ofRole({ role, table }: RlsShape): readonly Check[] {
  const must = (privilege: string, what: string): Check => [
    `${role} has ${privilege} on ${table}: ${what}`,
    `not s.mighty and has_table_privilege(s.role, s.oid, '${privilege}')`,
  ];
  return [
    [`there is no role ${role}`, 's.role is null'],
    [`${role} is a superuser: policies never act for it`, 's.rolsuper'],
    [`${role} has BYPASSRLS: policies never act for it`, 's.mighty and not s.rolsuper'],
    [
      `${role} owns ${table}, or may act as its owner: let it own nothing`,
      `not s.mighty and pg_has_role(s.role, s.relowner, 'member')`,
    ],
    must('TRUNCATE', 'it can empty the table past every policy'),
    must('TRIGGER', 'it can put functions of its own between a write and the table'),
    must('REFERENCES', 'a foreign key of its own tells which rows there are'),
  ];
}

function ofTable({ table, schema }: RlsShape): readonly Check[] {
  const enter = `${schema}flairgate_enter(text, text, text, text)`;
  const trigger = `select from pg_catalog.pg_trigger t where t.tgrelid = s.oid and t.tgname = 'flairgate_ownership'`;
  return [
    [`row-level security of ${table} is off`, 'not s.relrowsecurity'],
    [`row-level security of ${table} is not forced: it does not act for its owner`, 'not s.relforcerowsecurity'],
    ['the trigger flairgate_ownership is missing or off', `not exists (${trigger} and t.tgenabled in ('O', 'A'))`],
    ['the function flairgate_enter is missing', `to_regprocedure(${sqlText(enter)}) is null`],
  ];
}

const POLICIES = { read: 'r', create: 'a', update: 'w', delete: 'd' } as const;

function ofPolicies(): readonly Check[] {
  const policy = 'select from pg_catalog.pg_policy p where p.polrelid = s.oid and p.polpermissive';
  const names = Object.keys(POLICIES).map((name) => `'flairgate_${name}'`);
  const missing = Object.entries(POLICIES).map(([name, command]): Check => {
    const condition = `pg_get_expr(coalesce(p.polqual, p.polwithcheck), s.oid) like '%flairgate.oid%'`;
    return [
      `the policy flairgate_${name} is missing, or another one has its name`,
      `not exists (${policy} and p.polname = 'flairgate_${name}' and p.polcmd = '${command}' and ${condition})`,
    ];
  });
  return [
    ...missing,
    [
      "a permissive policy that is not Flairgate's opens rows which these close",
      `exists (${policy} and p.polname not in (${names.join(', ')}))`,
    ],
  ];
}

function ofColumns({ role, columns, content }: RlsShape): readonly Check[] {
  const { id, organization, createdBy, lockedBy, secretTo } = columns;
  const column = (name: string) =>
    `select from pg_catalog.pg_attribute a where a.attrelid = s.oid and a.attname = '${name}' and not a.attisdropped`;
  const may = (name: string, ...privileges: readonly string[]) =>
    `not s.mighty and exists (${column(name)} and has_column_privilege(s.role, s.oid, a.attnum, '${privileges.join(', ')}'))`;
  const owned = [organization, createdBy, lockedBy, secretTo];
  return [
    ...[id, ...owned, ...content].map((name): Check => [`there is no column ${name}`, `not exists (${column(name)})`]),
    ...content.map(
      (name): Check => [
        `${role} reads ${name} from the table itself, past the view that withholds it`,
        may(name, 'SELECT'),
      ],
    ),
    ...owned.map((name): Check => [`${role} may write ${name}`, may(name, 'INSERT', 'UPDATE')]),
  ];
}

function ofView({ name, schema }: RlsShape): readonly Check[] {
  const view = `${schema}"${name}_content"`;
  const options = `select from pg_catalog.pg_class v where v.oid = ${regclass(view)}`;
  const lacks = (option: string) =>
    `not exists (${options} and coalesce(v.reloptions, '{}') && array['${option}=true', '${option}=on', '${option}=1'])`;
  return [
    [`there is no view ${view}`, `${regclass(view)} is null`],
    ...['security_invoker', 'security_barrier'].map(
      (option): Check => [`the view ${view} is not ${option}`, `${regclass(view)} is not null and ${lacks(option)}`],
    ),
  ];
}

function regclass(quoted: string): string {
  return `to_regclass(${sqlText(quoted)})`;
}

/** Quotes a string as a SQL literal. */
function sqlText(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

function bare(quoted: string): string {
  return quoted.slice(1, -1);
}
