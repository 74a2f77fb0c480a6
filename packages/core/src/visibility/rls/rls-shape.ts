import { OptionError } from '../../denial/errors.js';
import { assertKnownOptions } from '../../options/assert-known-options.js';
import { type OwnershipColumns, parseColumns, parseFields, parseTable } from '../columns.js';
import { quote, schemaOf } from './rls-conditions.js';

/** Options of `rowLevelSecurity`. */
export interface RowLevelSecurityOptions {
  /** The table, with or without its schema. */
  readonly table: string;
  /** The role the service connects as: no superuser, no `BYPASSRLS`, owner of nothing. */
  readonly role: string;
  /** Columns that `secret` withholds. They are read through the view `<table>_content` only. */
  readonly content: readonly string[];
  /** Every other column the service reads and writes, beside the id and the ownership columns. */
  readonly fields: readonly string[];
  /** Columns that differ from `id`, `oid`, `created_by`, `locked_by`, `secret_to`. */
  readonly columns?: Partial<OwnershipColumns>;
}

/** `RowLevelSecurityOptions` after parsing: names quoted where they go into SQL. */
export interface RlsShape {
  /** Quoted, with its schema where it was given. */
  readonly table: string;
  /** Bare name of the table. */
  readonly name: string;
  /** Quoted schema and a dot, or nothing. */
  readonly schema: string;
  readonly role: string;
  readonly content: readonly string[];
  readonly fields: readonly string[];
  readonly columns: OwnershipColumns;
}

const OPTION_NAMES = ['table', 'role', 'content', 'fields', 'columns'];

/** Reads the options. @throws OptionError for a name that is no plain identifier, or one that stands in two places. */
export function parseRlsOptions(options: RowLevelSecurityOptions): RlsShape {
  assertKnownOptions('rls', options, OPTION_NAMES);
  const columns = parseColumns(options.columns ?? {}, 'column');
  const parts = parseTable(options.table);
  const [role, ...others] = parseTable(options.role);
  const name = parts.at(-1);
  if (name === undefined || role === undefined || others.length > 0) throw new OptionError('rls.role: write one role');
  const content = parseFields('rls.content', options.content, columns);
  const fields = parseFields('rls.fields', options.fields, columns);
  const twice = fields.find((field) => content.includes(field));
  if (twice !== undefined) throw new OptionError(`rls.fields: \`${twice}\` is content already`);
  if (content.length === 0) throw new OptionError('rls.content: name the columns that `secret` withholds');
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
