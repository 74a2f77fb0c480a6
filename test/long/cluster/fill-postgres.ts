import { randomBytes } from 'node:crypto';
import { hashSecret, mintKeyId, mintKeyText, type Store } from '@flairgate/core';
import { postgresStore } from '@flairgate/stores/postgres';
import pg from 'pg';
import { dropSchema, masterKey, newSchema, postgresUrl } from '../../../packages/stores/test/databases.js';

/** A PostgreSQL schema with many keys. */
export interface ManyRows {
  readonly store: Store;
  /** Texts of the keys that can be used; the others are there to be passed over. */
  readonly texts: readonly string[];
  remove(): Promise<void>;
}

const OID = '00000000-0000-4000-8000-000000000001';
/** As long as the library's own ids are. */
const ID_DIGITS = 21;

/** Writes `count` organization keys past the library, with one hash for all; `usable` of them have a known text. */
export async function postgresWithKeys(count: number, usable: number): Promise<ManyRows> {
  const schema = newSchema();
  const store = await postgresStore({ url: postgresUrl, schema, masterKey });
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  await client.query(`set search_path = ${schema}`);
  await client.query('set synchronous_commit = off');
  await client.query('insert into flairgate_organization values ($1, $2, $3, null, 0)', [OID, 'growth', '']);
  await client.query(`
    insert into flairgate_identity (id, kind, scope, name, secret_id, created_by, created_at)
      select ${id('i')}, 'key', '${OID}', 'key ' || n, ${id('s')}, null, 0 from generate_series(1, ${count}) n`);
  await client.query(`
    insert into flairgate_key (key_id, identity, kind, oid, uid, name, flairs, permissions, ranges, description,
        created_by, created_by_name, created_at, expires_at, disabled_at, revoked_at, masked, sealed, policy, honeytoken)
      select ${id('k')}, ${id('i')}, 'organization', '${OID}', null, 'key ' || n, '[]', '["dr.list"]', '[]', null,
        null, 'growth', 0, null, null, null, null, null, 'null', 0 from generate_series(1, ${count}) n`);
  await client.query(`
    insert into flairgate_secret (tag, key_id, hash, created_at, ends_at, last_used_at)
      select md5(n || '${randomBytes(8).toString('hex')}'), ${id('k')}, '-', 0, null, null
        from generate_series(${usable + 1}, ${count}) n`);
  const texts = Array.from({ length: usable }, () => mintKeyText('fg', mintKeyId(randomBytes), randomBytes));
  for (const [index, text] of texts.entries()) {
    const hash = await hashSecret(text, { scheme: 'sha256', rounds: 1 }, randomBytes);
    const keyId = `k${String(index + 1).padStart(ID_DIGITS, '0')}`;
    await client.query('insert into flairgate_secret values ($1, $2, $3, 0, null, null)', [
      store.material.tag(text),
      keyId,
      hash,
    ]);
  }
  for (const table of ['identity', 'key', 'secret']) await client.query(`vacuum analyze flairgate_${table}`);
  await client.end();
  return {
    store,
    texts,
    async remove() {
      await store.close();
      await dropSchema(schema);
    },
  };
}

/** SQL for the id of row `n`. */
function id(letter: string): string {
  return `'${letter}' || lpad(n::text, ${ID_DIGITS}, '0')`;
}
