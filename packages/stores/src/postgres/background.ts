import type { BackgroundWrites } from '@flairgate/core/store';
import { codecs } from '../sql/codec.js';
import { checkOut, orFailure, type Result } from './backend.js';
import type { PostgresPool } from './driver.js';

/**
 * Creates the background writes. Each write is one statement, which the server completes even if this process stops.
 *
 * Rows that other transactions have locked are skipped. If a background write waited for such a row, it would meanwhile
 * keep the rows that it has already locked. A security write that waits for one of these rows would block all other
 * security writes.
 */
export function backgroundWrites(pool: PostgresPool, schema: string | undefined): BackgroundWrites {
  const table = `${schema === undefined ? '' : `"${schema}".`}${codecs.secret.table}`;
  const [noteUses, replaceHash] = [noteUsesSql(table), replaceHashSql(table)];
  return {
    async noteUses(uses) {
      const tags = uses.map(({ tag }) => tag);
      const times = uses.map(({ at }) => at);
      const { rows } = await orFailure(runAlone(pool, noteUses, [tags, times]));
      return rows.map((row) => String(Object(row).tag));
    },
    async replaceHash(tag, from, to) {
      const { rowCount } = await orFailure(runAlone(pool, replaceHash, [tag, from, to]));
      return rowCount === 1;
    },
  };
}

/** Returns the statement that records uses and returns the skipped tags. All its parts read the same snapshot. */
function noteUsesSql(table: string): string {
  return `
    with "due" as (
      select "secret".tag, "noted".at
      from unnest($1::text[], $2::bigint[]) as "noted" (tag, at)
      join ${table} as "secret" on "secret".tag = "noted".tag
      where coalesce("secret".last_used_at, 0) < "noted".at
    ), "free" as (
      select tag from ${table} where tag in (select tag from "due") for update skip locked
    ), "written" as (
      update ${table} as "secret" set last_used_at = "due".at from "due"
      where "secret".tag = "due".tag and "secret".tag in (select tag from "free")
        and coalesce("secret".last_used_at, 0) < "due".at
    )
    select tag from "due" where tag not in (select tag from "free")`;
}

function replaceHashSql(table: string): string {
  return `
    update ${table} set hash = $3 where tag = (
      select tag from ${table} where tag = $1 and hash = $2 for update skip locked
    )`;
}

async function runAlone(pool: PostgresPool, text: string, values: readonly unknown[]): Promise<Result> {
  const connection = await checkOut(pool);
  try {
    return await connection.query(text, values);
  } finally {
    connection.release();
  }
}
