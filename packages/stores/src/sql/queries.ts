import { type KeyOf, type Page, schema, type TableName, type Tables } from '@flairgate/core/store';
import { type CompiledQuery, type Expression, type Kysely, type SqlBool, sql } from 'kysely';
import { codecs, encodeValue, type SqlValue } from './codec.js';
import { allOf, type Condition, columnOf, conditionShape, type Database, parametersOf } from './conditions.js';
import type { Engine } from './migrations/engine.js';
import { pageParameters, pageShape, type QueryTarget, selectPage } from './page-query.js';
import { POLICY_GROUP } from './policy-group.js';
import { selectedColumns } from './stored-text.js';

/** Creates the statements for one database. */
export interface Queries {
  find<T extends TableName>(table: T, where: Condition<T>, page?: Page<T>): CompiledQuery;
  /** Selects rows whose `column` equals one of the values. Selects at most `limit` rows, in no particular order. */
  findIn(table: TableName, column: string, values: readonly string[], limit: number): CompiledQuery;
  /**
   * Same as `findIn`, but also locks the rows. No other transaction can change the rows until this transaction ends.
   */
  findInForUpdate(table: TableName, column: string, values: readonly string[], limit: number): CompiledQuery;
  /** Deletes the rows whose `column` equals one of the values, if they also meet the condition `where`. */
  removeIn<T extends TableName>(
    table: T,
    column: string,
    values: readonly string[],
    where: Condition<T>,
  ): CompiledQuery;
  /**
   * Selects the policies that grant something to one of the groups `gids` and belong to one of the organizations
   * `oids`. For `all`, policies of any organization are selected. If `lock` is true, the statement locks the policies.
   */
  findPolicies(oids: readonly string[] | 'all', gids: readonly string[], lock: boolean): CompiledQuery;
  /** Selects the organizations whose policies `findPolicies` would select. Reads only the table of policy groups. */
  findPolicyOrganizations(oids: readonly string[] | 'all', gids: readonly string[]): CompiledQuery;
  /** Selects a placeholder row if a row with this primary key exists, or if the result may be out of date. */
  mightExist<T extends TableName>(table: T, key: KeyOf<T>): CompiledQuery;
  /** Same as `find`, but also locks the rows. No other transaction can change the rows until this transaction ends. */
  findForUpdate<T extends TableName>(table: T, where: Condition<T>, page?: Page<T>): CompiledQuery;
  /**
   * Selects one row. Its column `rows` is the number of rows that meet the condition `where`. If `most` is given,
   * counting stops at `most` rows.
   */
  count<T extends TableName>(table: T, where: Condition<T>, most?: number): CompiledQuery;
  /**
   * Inserts a row. If the row conflicts with an existing row, the statement inserts nothing. It does not fail, because
   * a failed statement would abort a PostgreSQL transaction.
   */
  insert<T extends TableName>(table: T, row: Tables[T]): CompiledQuery;
  /**
   * Inserts the rows. A row that conflicts with another row, stored or in `rows`, is skipped. All rows must have the
   * same columns in the same order.
   */
  insertAll<T extends TableName>(table: T, rows: readonly Tables[T][]): CompiledQuery;
  update<T extends TableName>(table: T, key: KeyOf<T>, patch: Partial<Tables[T]>): CompiledQuery;
  remove<T extends TableName>(table: T, where: Condition<T>): CompiledQuery;
}

/**
 * Creates statements with Kysely. Compiled statements are cached, so statements that differ only in their values are
 * compiled once.
 *
 * The cache key (shape) consists of the kind of statement, the names of the table and columns, the kind of page, and
 * the number of values. Values themselves are always parameters and never part of the key, so the cache stays small.
 */
export function sqlQueries(db: Kysely<Database>, engine: Engine, isUnsure?: Expression<SqlBool>): Queries {
  const target = { db, engine };
  const shapes = new Map<string, CompiledQuery>();

  function compiled(shape: string, parameters: readonly SqlValue[], build: () => CompiledQuery): CompiledQuery {
    const known = shapes.get(shape);
    if (known !== undefined) return withParameters(known, parameters);
    const built = build();
    shapes.set(shape, built);
    return withParameters(built, parameters);
  }

  return {
    ...queriesOfMany(target, compiled),
    find(table, where, page) {
      const shape = `find ${table} ${pageShape(table, where, page)}`;
      return compiled(shape, pageParameters(table, where, page), () =>
        selectPage(target, table, where, page).compile(),
      );
    },
    mightExist(table, key) {
      // The columns are in the schema's order, not the caller's, so the table name is a sufficient cache key.
      const { primary } = schema[table];
      const values = primary.map((property) => encodeValue(key[property]));
      const build = () => {
        const columns = primary.map((property) => sql.ref(columnOf(table, property)));
        const terms = columns.map((column, at) => sql`${column} = ${values[at]}`);
        const where = sql<SqlBool>`${sql.join(terms, sql` and `)}`;
        const row = db.selectFrom(codecs[table].table).select(sql`1`.as('found')).where(where);
        if (isUnsure === undefined) return row.compile();
        return row.unionAll(db.selectNoFrom(sql`1`.as('found')).where(isUnsure)).compile();
      };
      return compiled(`have ${table}`, values, build);
    },
    findForUpdate(table, where, page) {
      const shape = `lock ${table} ${pageShape(table, where, page)}`;
      const parameters = pageParameters(table, where, page);
      return compiled(shape, parameters, () => selectPage(target, table, where, page).forUpdate().compile());
    },
    count(table, where, most) {
      const rows = sql<number>`count(*)`.as('rows');
      const matching = db.selectFrom(codecs[table].table).where(allOf(table, where));
      const shape = `count ${table} ${conditionShape(where)}`;
      const values = parametersOf(table, where);
      if (most === undefined) return compiled(shape, values, () => matching.select(rows).compile());
      const first = () => matching.select(sql`1`.as('found')).limit(most).as('first');
      return compiled(`${shape} up to`, [...values, most], () => db.selectFrom(first()).select(rows).compile());
    },
    insert(table, row) {
      const values = codecs[table].encode(row);
      if (values.length !== codecs[table].columns.size) throw new TypeError(`a row of ${table} is not whole`);
      const build = () => {
        const kept = byColumn(table, row, values);
        return db
          .insertInto(codecs[table].table)
          .values(kept)
          .onConflict((clash) => clash.doNothing())
          .compile();
      };
      return compiled(`insert ${table} ${Object.keys(row)}`, values, build);
    },
    update(table, key, patch) {
      const values = codecs[table].encode(patch);
      const build = () => {
        const change = db.updateTable(codecs[table].table).set(byColumn(table, patch, values));
        return change.where(allOf(table, key)).compile();
      };
      const shape = `update ${table} ${Object.keys(patch)} ${conditionShape(key)}`;
      return compiled(shape, [...values, ...parametersOf(table, key)], build);
    },
    remove(table, where) {
      const build = () => db.deleteFrom(codecs[table].table).where(allOf(table, where)).compile();
      return compiled(`remove ${table} ${conditionShape(where)}`, parametersOf(table, where), build);
    },
  };
}

/** Returns a compiled statement with other values. Each property is listed: on Node 20, a spread costs 1 µs. */
export function withParameters(
  { query, queryId, sql: text }: CompiledQuery,
  parameters: readonly unknown[],
): CompiledQuery {
  return { query, queryId, sql: text, parameters };
}

type Compile = (shape: string, parameters: readonly SqlValue[], build: () => CompiledQuery) => CompiledQuery;

type ManyName = 'findIn' | 'findInForUpdate' | 'removeIn' | 'findPolicies' | 'findPolicyOrganizations' | 'insertAll';

function queriesOfMany(target: QueryTarget, compiled: Compile): Pick<Queries, ManyName> {
  return {
    findIn(table, column, values, limit) {
      const build = () => selectIn(target, table, column, values).limit(limit).compile();
      return compiled(`in ${table} ${column} ${values.length}`, [...values, limit], build);
    },
    findInForUpdate(table, column, values, limit) {
      const build = () => selectIn(target, table, column, values).limit(limit).forUpdate().compile();
      return compiled(`lock in ${table} ${column} ${values.length}`, [...values, limit], build);
    },
    removeIn(table, column, values, where) {
      const build = () => {
        const query = target.db.deleteFrom(codecs[table].table).where(isIn(table, column, values));
        return (Object.keys(where).length === 0 ? query : query.where(allOf(table, where))).compile();
      };
      const shape = `remove in ${table} ${column} ${values.length} ${conditionShape(where)}`;
      return compiled(shape, [...values, ...parametersOf(table, where)], build);
    },
    findPolicies(oids, gids, lock) {
      const list = JSON.stringify(gids);
      const build = () => {
        const query = selectPolicies(target, oids, list);
        return (lock ? query.forUpdate() : query).compile();
      };
      if (oids === 'all') return compiled(`policies of all ${lock}`, [list], build);
      return compiled(`policies ${oids.length} ${lock}`, [list, ...oids], build);
    },
    findPolicyOrganizations(oids, gids) {
      const list = JSON.stringify(gids);
      const build = () => selectNamed(target, oids, list).select('oid').distinct().compile();
      if (oids === 'all') return compiled('policy organizations of all', [list], build);
      return compiled(`policy organizations ${oids.length}`, [list, ...oids], build);
    },
    insertAll(table, rows) {
      const values = rows.map((row) => codecs[table].encode(row));
      const build = () => {
        const kept = rows.map((row, at) => byColumn(table, row, values[at] ?? []));
        const insert = target.db.insertInto(codecs[table].table).values(kept);
        return insert.onConflict((clash) => clash.doNothing()).compile();
      };
      return compiled(`insert ${table} ${Object.keys(rows[0] ?? {})} ${rows.length}`, values.flat(), build);
    },
  };
}

function selectIn({ db, engine }: QueryTarget, table: TableName, column: string, values: readonly string[]) {
  const { table: name } = codecs[table];
  return db
    .selectFrom(name)
    .select(selectedColumns(engine, table))
    .where(isIn(table, column, values));
}

function isIn(table: TableName, column: string, values: readonly string[]): Expression<SqlBool> {
  const wanted = sql.join(values.map((value) => sql`${value}`));
  return sql<SqlBool>`${sql.ref(columnOf(table, column))} in (${wanted})`;
}

/**
 * Returns the statement that finds policies through the table of policy groups, so that the database reads only the
 * policies that are found.
 *
 * The cost depends only on the given groups and organizations. Policies of other organizations for the same groups do
 * not increase the cost.
 */
function selectPolicies(target: QueryTarget, oids: readonly string[] | 'all', gids: string) {
  const { db, engine } = target;
  const named = selectNamed(target, oids, gids).select(['oid', 'name']);
  const { table } = codecs.policy;
  return db.selectFrom(table).select(selectedColumns(engine, 'policy')).where(sql<SqlBool>`(oid, name) in ${named}`);
}

function selectNamed({ db, engine }: QueryTarget, oids: readonly string[] | 'all', gids: string) {
  const named = db.selectFrom(POLICY_GROUP).where(isGroupListed[engine](gids));
  return oids === 'all' ? named : named.where(sql<SqlBool>`oid in (${sql.join(oids.map((oid) => sql`${oid}`))})`);
}

const isGroupListed: Readonly<Record<Engine, (gids: string) => Expression<SqlBool>>> = {
  sqlite: (gids) => sql`gid in (select value from json_each(${gids}))`,
  postgres: (gids) => sql`gid = any(array(select json_array_elements_text(${gids}::json)))`,
};

function byColumn(table: TableName, given: object, values: readonly SqlValue[]): Record<string, SqlValue> {
  const entries = Object.keys(given).map((property, at) => [columnOf(table, property), values[at] ?? null]);
  return Object.fromEntries(entries);
}
