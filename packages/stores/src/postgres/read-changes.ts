import { type RevisionPage, UnavailableError } from '@flairgate/core';
import { codecs } from '../sql/codec.js';
import { checkOut, codeOf, orFailure, type Result } from './backend.js';
import type { PostgresPool } from './driver.js';

/**
 * Reads revision and changes by one statement, which is one snapshot, and is planned once for each connection.
 *
 * All processes ask it at the same moment, after every security change: a transaction of four statements would have
 * them wait for each other.
 */
export function changeReader(pool: PostgresPool, schema: string | undefined) {
  const text = statement(schema === undefined ? '' : `"${schema}".`);
  // A connection knows a name by one text only, and stores of several schemas may share it.
  const name = `flairgate changes ${schema ?? ''}`.trim();
  // Behind a pooler that hands connections around, what was prepared may be on another one.
  let isPrepared = true;

  async function ask(values: readonly unknown[]): Promise<Result> {
    const connection = await checkOut(pool);
    try {
      return await connection.query(text, values, isPrepared ? name : undefined);
    } catch (error) {
      if (!isPrepared || !(error instanceof Error) || !MISPLACED.test(codeOf(error))) throw error;
      isPrepared = false;
      return await connection.query(text, values);
    } finally {
      connection.release();
    }
  }

  return async (n: number, limit: number): Promise<RevisionPage> => {
    const { rows } = await orFailure(ask([n, limit]));
    return pageOf(rows[0] as Kept | undefined);
  };
}

/** A statement that was prepared is not there, or one that was not is. */
const MISPLACED = /^(26000|42P05)$/;

interface Kept {
  readonly standby: boolean;
  readonly revision: unknown;
  readonly changes: readonly unknown[];
}

function pageOf(kept: Kept | undefined): RevisionPage {
  if (kept === undefined) throw new UnavailableError('store', new Error('the store was never initialised'));
  if (kept.standby) throw new UnavailableError('store', new Error('the server is a standby, whose rows may be old'));
  return { revision: codecs.revision.decode(kept.revision), changes: kept.changes.map(codecs.change.decode) };
}

/** Numbers that JSON would round are none of ours: `assertStorable` keeps them in the range of a number. */
function statement(prefix: string): string {
  return `
    select pg_is_in_recovery() as standby,
      json_build_object(${members('revision')}) as revision,
      coalesce((
        select json_agg(json_build_object(${members('change')}))
        from (
          select * from ${prefix}${codecs.change.table} where n > $1 order by n, scope, id limit $2
        ) as change
      ), '[]') as changes
    from ${prefix}${codecs.revision.table} as revision where id = 1`;
}

function members(table: 'revision' | 'change'): string {
  return [...codecs[table].columns].map(([property, column]) => `'${property}', ${table}.${column}`).join(', ');
}
