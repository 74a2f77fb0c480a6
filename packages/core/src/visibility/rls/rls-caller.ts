import { OptionError } from '../../denial/errors.js';
import { type Caller, type InOrganization, partyOf } from '../caller.js';

/** A statement with its parameters, for any driver. */
export interface RlsStatement {
  readonly sql: string;
  readonly parameters: readonly string[];
}

const FLAIRS = ['segment', 'lock', 'secret', 'root'] as const;
const SCHEMA = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/**
 * Says who calls, for the rest of the transaction: run it first in every transaction, and never outside of one.
 *
 * A caller without anything to do in the organization is nobody, and reaches no row.
 *
 * @throws DeniedError `ERR_ORGANIZATION_REQUIRED`
 */
export function rlsCaller(
  caller: Caller,
  { schema, ...where }: InOrganization & { readonly schema?: string } = {},
): RlsStatement {
  if (schema !== undefined && !SCHEMA.test(schema)) throw new OptionError('schema: write a plain name');
  const name = schema === undefined ? 'flairgate_enter' : `"${schema}".flairgate_enter`;
  const sql = `select ${name}($1, $2, $3, $4)`;
  const party = partyOf(caller, where);
  if (party === undefined) return { sql, parameters: ['', '', '', ''] };
  // Never empty: an empty setting is one that nobody made.
  const flairs = ['-', ...FLAIRS.filter((flair) => party[flair])].join(',');
  return { sql, parameters: [party.oid, party.identity, party.secretId, flairs] };
}
