import { matchingRows } from '../visibility/matching-rows.js';
import type { ResourceWhere } from '../visibility/shape.js';

/**
 * Returns the rows in memory that meet `rules.where(…)`, unchanged. With `content`, those are the rows whose content the
 * caller may read.
 *
 * The columns are the row's own or, for an ORM entity, those of its `toJSON`.
 *
 * @throws TypeError if a row lacks a column that the condition uses.
 * @example
 * const mine = memoryFilter(rules.where(req.auth, 'content'), rows);
 */
export function memoryFilter<R extends object>(where: ResourceWhere, rows: readonly R[]): R[] {
  return matchingRows(where, rows);
}
