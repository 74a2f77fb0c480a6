import { matchingRows } from '../visibility/rows/matching-rows.js';
import type { ResourceWhere } from '../visibility/shape.js';

/**
 * Returns those of the given rows that meet `rules.where(…)`. The rows themselves are not changed. With the action
 * `content`, the function returns the rows whose content the caller may read.
 *
 * Columns are read from the row itself or, for an ORM entity, from the result of its `toJSON`.
 *
 * @throws TypeError if a row lacks a column that the condition uses.
 * @example
 * const mine = memoryFilter(rules.where(req.auth, 'content'), rows);
 */
export function memoryFilter<R extends object>(where: ResourceWhere, rows: readonly R[]): R[] {
  return matchingRows(where, rows);
}
