import type { Kysely } from 'kysely';
import { createTables } from './create-table.js';
import type { Engine } from './engine.js';

/** Creates the table of key usage by day. */
export async function usage(db: Kysely<unknown>, engine: Engine): Promise<void> {
  await createTables(db, engine, {
    flairgate_usage: {
      columns: {
        oid: 'text',
        day: 'integer',
        key_id: 'text',
        calls: 'integer',
        denials: 'integer',
        limited: 'integer',
        permissions: 'text',
      },
      primary: ['oid', 'day', 'key_id'],
      indexes: [['day'], ['oid', 'key_id', 'day']],
    },
  });
}
