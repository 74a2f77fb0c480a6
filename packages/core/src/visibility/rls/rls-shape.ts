import { OptionError } from '../../denial/errors.js';
import { assertKnownOptions } from '../../options/assert-known-options.js';
import { type OwnershipColumns, parseColumns, parseFields, parseTable } from '../columns.js';
import { quote, schemaOf } from './rls-conditions.js';

/** Options of `rowLevelSecurity`. */
export interface RowLevelSecurityOptions {
  /** Name of the table, with or without a schema. */
  readonly table: string;
  /** Role that the service connects as. It must not be a superuser, have `BYPASSRLS`, or own any objects. */
  readonly role: string;
  /** Columns that the `secret` flair withholds. The role can read them only through the view `<table>_content`. */
  readonly content: readonly string[];
  /** All other columns that the service reads and writes, except the id and the ownership columns. */
  readonly fields: readonly string[];
  /** Column names, if they differ from `id`, `oid`, `created_by`, `locked_by` and `secret_to`. */
  readonly columns?: Partial<OwnershipColumns>;
}

/** Parsed `RowLevelSecurityOptions`, with names quoted for SQL. */
export interface RlsShape {
  /** Quoted name of the table, with a schema if one was given. */
  readonly table: string;
  /** Name of the table, not quoted and without a schema. */
  readonly name: string;
  /** Quoted schema followed by a dot, or an empty string. */
  readonly schema: string;
  readonly role: string;
  readonly content: readonly string[];
  readonly fields: readonly string[];
  readonly columns: OwnershipColumns;
}

const RLS_OPTIONS = ['table', 'role', 'content', 'fields', 'columns'];

/** Parses the options. @throws OptionError for a name that is not a plain identifier or appears twice */
export function parseRlsOptions(options: RowLevelSecurityOptions): RlsShape {
  assertKnownOptions('rls', options, RLS_OPTIONS);
  const columns = parseColumns(options.columns ?? {}, 'column');
  const parts = parseTable(options.table);
  const [role, ...others] = parseTable(options.role);
  const name = parts.at(-1);
  if (name === undefined || role === undefined || others.length > 0)
    throw new OptionError('rls.role: must be the name of one role');
  const content = parseFields('rls.content', options.content, columns);
  const fields = parseFields('rls.fields', options.fields, columns);
  const twice = fields.find((field) => content.includes(field));
  if (twice !== undefined) throw new OptionError(`rls.fields: \`${twice}\` must not be content as well`);
  if (content.length === 0) throw new OptionError('rls.content: must name at least one column that `secret` withholds');
  return {
    table: parts.map(quote).join('.'),
    name,
    schema: schemaOf(parts),
    role: quote(role),
    content,
    fields,
    columns,
  };
}
