import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Engine } from './migrations/engine.js';

/** A condition with the name of its shape and the values of its parameters, in order. */
export interface NamesGroup {
  readonly shape: string;
  readonly condition: Expression<SqlBool>;
  readonly parameters: readonly string[];
}

/** Largest number of groups for which searching the text for each one costs less than parsing its JSON once. */
export const SEARCHED_GROUPS = 3;

/**
 * Creates the condition that a policy names one of the groups: one of them is a key of its `grants`, which is JSON text.
 *
 * The database decides, so that policies of other groups are not sent, parsed and thrown away. A search of the text
 * could also find a policy in which an id is a value; readers compare ids with the keys in any case.
 */
export function namesGroup(engine: Engine, gids: readonly string[]): NamesGroup {
  if (gids.length > SEARCHED_GROUPS) {
    const list = JSON.stringify(gids);
    return { shape: 'listed', condition: isListed[engine](sql`${list}`), parameters: [list] };
  }
  // As the keys are written in JSON, with their quotes.
  const parameters = gids.map((gid) => JSON.stringify(gid));
  const found = parameters.map((key) => isFound[engine](sql`${key}`));
  return { shape: String(gids.length), condition: sql<SqlBool>`(${sql.join(found, sql` or `)})`, parameters };
}

type ConditionOf = Readonly<Record<Engine, (parameter: RawBuilder<unknown>) => RawBuilder<SqlBool>>>;

const isFound: ConditionOf = {
  sqlite: (key) => sql`instr(grants, ${key}) > 0`,
  postgres: (key) => sql`strpos(grants, ${key}) > 0`,
};

const isListed: ConditionOf = {
  sqlite: (list) =>
    sql`exists (select 1 from json_each(grants) as named where named.key in (select value from json_each(${list})))`,
  postgres: (list) =>
    sql`exists (select from json_object_keys(grants::json) as named (gid)
      where named.gid = any(array(select json_array_elements_text(${list}::json))))`,
};
