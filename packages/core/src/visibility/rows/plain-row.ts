/** Returns the object that `toJSON` of an ORM entity returns. Returns any other row unchanged. */
export function plainRow<R extends object>(row: R): R {
  if (!('toJSON' in row) || typeof row.toJSON !== 'function') return row;
  const plain: R = row.toJSON();
  if (typeof plain === 'object' && plain !== null && !('toJSON' in plain)) return plain;
  throw new TypeError('toJSON of the row gave no plain object');
}
