import type { Kysely } from 'kysely';
import { createTables, type NewTable } from './create-table.js';
import type { Engine } from './engine.js';

const FEDERATION_TABLES: Readonly<Record<string, NewTable>> = {
  flairgate_federation: {
    columns: {
      key_id: 'text',
      oid: 'text',
      issuer: 'text',
      audience: 'text',
      matches: 'text',
      ttl_seconds: 'integer',
      once: 'integer',
    },
    primary: ['key_id'],
    indexes: [['oid']],
  },
  flairgate_used_token: {
    columns: { issuer: 'text', token_id: 'text', ends_at: 'integer' },
    primary: ['issuer', 'token_id'],
  },
};

/**
 * Creates two tables. One stores federation rules: which tokens of other issuers workloads may exchange. The other
 * stores the tokens that were already exchanged.
 */
export async function federations(db: Kysely<unknown>, engine: Engine): Promise<void> {
  await createTables(db, engine, FEDERATION_TABLES);
}
