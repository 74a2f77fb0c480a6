import { type CreateTableBuilder, type Kysely, sql } from 'kysely';
import type { Engine } from './engine.js';

interface Table {
  readonly columns: Readonly<Record<string, 'text' | 'integer'>>;
  readonly primary: readonly string[];
}

const tables: Readonly<Record<string, Table>> = {
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
  },
  flairgate_used_token: {
    columns: { issuer: 'text', token_id: 'text', ends_at: 'integer' },
    primary: ['issuer', 'token_id'],
  },
};

/** Creates the tables of federation rules, and of other issuers' tokens that were already exchanged. */
export async function federations(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const text = engine === 'sqlite' ? sql`text` : sql`text collate "C"`;
  const integer = engine === 'sqlite' ? sql`integer` : sql`bigint`;
  for (const [name, { columns, primary }] of Object.entries(tables)) {
    let create: CreateTableBuilder<string, string> = db.schema.createTable(name);
    for (const [column, type] of Object.entries(columns)) {
      create = create.addColumn(column, type === 'text' ? text : integer, (built) => built.notNull());
    }
    create = create.addPrimaryKeyConstraint(`${name}_primary`, [...primary]);
    if (engine === 'sqlite') create = create.modifyEnd(sql`strict, without rowid`);
    await create.execute();
  }
  await db.schema.createIndex('flairgate_federation_by_oid').on('flairgate_federation').columns(['oid']).execute();
}
