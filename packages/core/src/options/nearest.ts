/** Maximum number of characters of a name that are compared. */
const COMPARED_CHARACTERS = 64;

/**
 * Returns the candidate with the fewest edits from `name`: insertions, deletions, replacements, and swaps of neighbors.
 *
 * Ignores letter case. If several candidates are equally near, returns the first. Returns undefined if there is no
 * candidate.
 */
export function nearest<T extends string>(name: string, candidates: Iterable<T>): T | undefined {
  const wanted = name.slice(0, COMPARED_CHARACTERS).toLowerCase();
  let best: T | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.slice(0, COMPARED_CHARACTERS).toLowerCase());
    if (distance >= bestDistance) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

/** Computes the number of edits between two strings (optimal string alignment distance), row by row. */
export function editDistance(from: string, to: string): number {
  let before: readonly number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      const replaced = at(above, column - 1) + (same ? 0 : 1);
      let cost = Math.min(at(above, column) + 1, at(current, column - 1) + 1, replaced);
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        cost = Math.min(cost, at(before, column - 2) + 1);
      }
      current.push(cost);
    }
    before = above;
    above = current;
  }
  return at(above, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
