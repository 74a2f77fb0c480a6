import type { Kysely } from 'kysely';
import { createTables, type NewTable } from './create-table.js';
import type { Engine } from './engine.js';

const SIGN_IN_TABLES: Readonly<Record<string, NewTable>> = {
  flairgate_linked_subject: {
    columns: { issuer: 'text', subject: 'text', uid: 'text', linked_at: 'integer' },
    primary: ['issuer', 'subject', 'uid'],
    unique: [['issuer', 'subject'], ['uid']],
  },
  flairgate_session: {
    columns: {
      uid: 'text',
      session_id: 'text',
      tag: 'text',
      revision: 'integer',
      created_at: 'integer',
      expires_at: 'integer',
    },
    primary: ['uid', 'session_id'],
    unique: [['tag']],
  },
  flairgate_token_revocation: {
    columns: { oid: 'text', revision: 'integer' },
    primary: ['oid'],
  },
};

/** Creates the tables for signing in to the console with an identity provider. */
export async function signIn(db: Kysely<unknown>, engine: Engine): Promise<void> {
  await createTables(db, engine, SIGN_IN_TABLES);
}
