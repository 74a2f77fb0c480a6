import type { BackgroundWrites } from '@flairgate/core/store';
import { CompiledQuery } from 'kysely';
import { codecs } from '../sql/codec.js';
import { failure } from '../sql/failure.js';
import type { SqlBackend } from '../sql/session.js';

/**
 * Creates the background writes, which no request waits for. Each write is one statement, because every statement
 * blocks the event loop.
 *
 * No row is ever skipped because it is locked: in SQLite, a write locks the whole database.
 */
export function sqliteBackground(backend: Pick<SqlBackend, 'write' | 'failureOf'>): BackgroundWrites {
  const run = (text: string, parameters: readonly unknown[]) =>
    backend.write(async (execute) => {
      try {
        return await execute(CompiledQuery.raw(text, [...parameters]));
      } catch (error) {
        throw failure(backend.failureOf, error);
      }
    }, undefined);
  return {
    async noteUses(uses) {
      await run(NOTE_USES, [JSON.stringify(uses.map(({ tag, at }) => [tag, at]))]);
      return [];
    },
    async replaceHash(tag, from, to) {
      const { numAffectedRows } = await run(REPLACE_HASH, [to, tag, from]);
      return numAffectedRows === 1n;
    },
  };
}

const { table } = codecs.secret;

const NOTE_USES = `
  update "${table}" set last_used_at = "noted".at
  from (select value ->> 0 as tag, value ->> 1 as at from json_each(?)) as "noted"
  where "${table}".tag = "noted".tag and coalesce(last_used_at, 0) < "noted".at`;

const REPLACE_HASH = `update "${table}" set hash = ? where tag = ? and hash = ?`;
