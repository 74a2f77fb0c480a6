import { OptionError } from '../../denial/errors.js';
import { type Caller, type InOrganization, organizationCallerOf } from '../caller.js';

/** A SQL statement and its parameters, for any driver. */
export interface RlsStatement {
  readonly sql: string;
  readonly parameters: readonly string[];
}

const RLS_FLAIRS = ['segment', 'lock', 'secret', 'root'] as const;
const SCHEMA = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/**
 * Returns the statement that sets the caller for the rest of a transaction. Run it first in every transaction, and
 * never outside a transaction.
 *
 * A caller without rights in the organization can reach no rows.
 *
 * @throws DeniedError `ERR_ORGANIZATION_REQUIRED`
 * @example
 * const { sql, parameters } = rlsCaller(req.auth);
 * await client.query('begin');
 * await client.query(sql, [...parameters]);
 */
export function rlsCaller(
  caller: Caller,
  { schema, ...where }: InOrganization & { readonly schema?: string } = {},
): RlsStatement {
  if (schema !== undefined && !SCHEMA.test(schema)) throw new OptionError('schema: must be a plain name');
  const name = schema === undefined ? 'flairgate_enter' : `"${schema}".flairgate_enter`;
  const sql = `select ${name}($1, $2, $3, $4)`;
  const organizationCaller = organizationCallerOf(caller, where);
  if (organizationCaller === undefined) return { sql, parameters: ['', '', '', ''] };
  // The list is never empty, because an empty setting means that no caller is set.
  const flairs = ['-', ...RLS_FLAIRS.filter((flair) => organizationCaller[flair])].join(',');
  return {
    sql,
    parameters: [organizationCaller.oid, organizationCaller.identity, organizationCaller.secretId, flairs],
  };
}
