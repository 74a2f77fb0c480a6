import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { hashSecret, mintKeyId, mintKeyText, type Store } from '@flairgate/core';
import { sqliteStore } from '@flairgate/stores/sqlite';
import Libsql from 'libsql';
import { newFolder } from '../harness/setting.js';

/** A SQLite store with many keys. */
export interface ManyKeys {
  readonly store: Store;
  readonly folder: string;
  /** Texts of the keys that can be used; the others are there to be passed over. */
  readonly texts: readonly string[];
}

const OID = '00000000-0000-4000-8000-000000000001';
const PERMISSION_COUNT_NAMED = 20;

/** As long as the library's own ids are. */
const ID_DIGITS = 21;

/**
 * Makes a store with `count` organization keys, `usable` of them with a known text.
 *
 * The rows are written past the library, with one hash for all: a million hashes would take hours.
 */
export async function storeWithKeys(count: number, usable: number, permissions: readonly string[]): Promise<ManyKeys> {
  const folder = newFolder();
  const file = join(folder, 'keys.db');
  const masterKey = randomBytes(32);
  const store = await sqliteStore({ file, masterKey });
  const texts = Array.from({ length: usable }, () => flat(mintKeyText('fg', mintKeyId(randomBytes), randomBytes)));
  const database = new Libsql(file);
  const named = JSON.stringify(permissions.slice(0, PERMISSION_COUNT_NAMED));
  database.exec('pragma synchronous = off; begin immediate');
  database.prepare('insert into flairgate_organization values (?, ?, ?, null, ?)').run([OID, 'bench', '', Date.now()]);
  database.exec(`
    create temp table numbers as
      with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ${count}) select n from numbers;
    insert into flairgate_identity (id, kind, scope, name, secret_id, created_by, created_at)
      select ${id('i')}, 'key', '${OID}', 'key ' || n, ${id('s')}, null, 0 from numbers;
    insert into flairgate_key (key_id, identity, kind, oid, uid, name, flairs, permissions, ranges, description,
        created_by, created_by_name, created_at, expires_at, disabled_at, revoked_at, masked, sealed, policy, honeytoken)
      select ${id('k')}, ${id('i')}, 'organization', '${OID}', null, 'key ' || n, '[]', '${named}', '[]', null,
        null, 'bench', 0, null, null, null, null, null, 'null', 0 from numbers;
    insert into flairgate_secret (tag, key_id, hash, created_at, ends_at, last_used_at)
      select lower(hex(randomblob(16))), ${id('k')}, '-', 0, null, null from numbers where n > ${usable};
  `);
  const insert = database.prepare('insert into flairgate_secret values (?, ?, ?, 0, null, null)');
  for (const [index, text] of texts.entries()) {
    const hash = await hashSecret(text, { scheme: 'sha256', rounds: 1 }, randomBytes);
    insert.run([store.material.tag(text), `k${String(index + 1).padStart(ID_DIGITS, '0')}`, hash]);
  }
  database.exec('commit');
  database.close();
  return { store, folder, texts };
}

/** SQL for the id of row `n`. */
function id(letter: string): string {
  return `'${letter}' || printf('%0${ID_DIGITS}d', n)`;
}

/** The text as a header has it: in one piece, and not as the pieces it was put together from. */
function flat(text: string): string {
  return Buffer.from(text).toString();
}
