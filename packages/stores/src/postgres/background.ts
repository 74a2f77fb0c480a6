import type { BackgroundWrites } from '@flairgate/core/store';
import { codecs } from '../sql/codec.js';
import { checkOut, orFailure, type Result } from './backend.js';
import type { PostgresPool } from './driver.js';

/**
 * Creates the background writes, which no request waits for. Each write is one statement. The server completes the
 * statement even if this process stops.
 *
 * A background write skips rows that other transactions have locked. If it waited for such a row, it would keep its
 * locks on other rows during the wait. A security write could then wait for one of these rows, while all other security
 * writes wait for the security write.
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

/**
 * Returns the statement that sets the last-use times of secrets. The statement returns the tags of the secrets that it
 * skipped because their rows were locked. All parts of the statement read the same snapshot.
 */
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
