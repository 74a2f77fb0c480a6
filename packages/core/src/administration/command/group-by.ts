/** Groups rows by a key. Replaces `Map.groupBy`, which some supported Node versions lack. */
export function groupBy<R, K>(rows: readonly R[], keyOf: (row: R) => K): ReadonlyMap<K, readonly R[]> {
  const groups = new Map<K, R[]>();
  for (const row of rows) {
    const same = groups.get(keyOf(row));
    if (same === undefined) groups.set(keyOf(row), [row]);
    else same.push(row);
  }
  return groups;
}
