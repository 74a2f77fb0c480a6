import { matchingRows } from '../visibility/matching-rows.js';
import type { ResourceWhere } from '../visibility/shape.js';

/**
 * Gives the rows in memory that `rules.where(…)` means, as they are. `content` means those whose content may be read.
 *
 * A row gives its own columns or, where it is an ORM's entity, those of its `toJSON`.
 *
 * @throws TypeError where a row lacks a column that the condition looks at.
 * @example
 * const mine = memoryFilter(rules.where(req.auth, 'content'), rows);
 */
export function memoryFilter<R extends object>(where: ResourceWhere, rows: readonly R[]): R[] {
  return matchingRows(where, rows);
}
