import { type CreateTableBuilder, type Kysely, sql } from 'kysely';
import type { Engine } from './engine.js';

interface Table {
  readonly columns: Readonly<Record<string, 'text' | 'integer'>>;
  readonly primary: readonly string[];
  readonly unique: readonly (readonly string[])[];
}

const tables: Readonly<Record<string, Table>> = {
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
    unique: [],
  },
};

/** Creates the tables for signing in to the console with an identity provider. */
export async function signIn(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const text = engine === 'sqlite' ? sql`text` : sql`text collate "C"`;
  const integer = engine === 'sqlite' ? sql`integer` : sql`bigint`;
  for (const [name, { columns, primary, unique }] of Object.entries(tables)) {
    let create: CreateTableBuilder<string, string> = db.schema.createTable(name);
    for (const [column, type] of Object.entries(columns)) {
      create = create.addColumn(column, type === 'text' ? text : integer, (built) => built.notNull());
    }
    create = create.addPrimaryKeyConstraint(`${name}_primary`, [...primary]);
    if (engine === 'sqlite') create = create.modifyEnd(sql`strict, without rowid`);
    await create.execute();
    for (const indexed of unique) {
      await db.schema
        .createIndex(`${name}_by_${indexed.join('_')}`)
        .unique()
        .on(name)
        .columns([...indexed])
        .execute();
    }
  }
}
