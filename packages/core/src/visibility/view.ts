import type { OrganizationCaller } from '../principal/organization-caller.js';
import { ownershipOf } from './columns.js';
import { matchingRows } from './rows/matching-rows.js';
import { plainRow } from './rows/plain-row.js';
import type { ResourceShape } from './shape.js';
import { visibilityOf } from './visibility.js';

/** A row as a caller may see it. A field may be null (withheld content) or omitted (ownership, validators). */
export type ResourceView<R> = { [K in keyof R]?: R[K] | null } & { opaque?: true };

/** Copies the rows that a caller may know of, without the parts that the caller may not see. */
export function viewRows<R extends object>(
  shape: ResourceShape,
  caller: OrganizationCaller,
  rows: readonly R[],
): ResourceView<R>[] {
  const { columns, tenancy } = shape;
  const plain = rows.map(plainRow);
  for (const row of plain) assertOwnership(row, shape);
  const known = matchingRows({ visibility: visibilityOf(caller, 'read', tenancy), columns }, plain);
  const copy = shape.ownership === 'hide' ? copyWithoutOwnership : copyAll;
  return known.map((row) => {
    const seen = copy(row, shape);
    const { secretTo } = ownershipOf(row, columns);
    if (secretTo !== null && secretTo !== caller.secretId) withhold(shape, seen);
    return seen;
  });
}

/**
 * Asserts that a row has all ownership columns. Every row is checked for every caller, so that a missing column causes
 * an error in the host's first test, even if the caller in that test is not restricted.
 */
function assertOwnership(row: object, { columns }: ResourceShape): void {
  if (columns.createdBy in row && columns.lockedBy in row && columns.secretTo in row) return;
  throw new TypeError(
    `the row lacks one of \`${columns.createdBy}\`, \`${columns.lockedBy}\`, \`${columns.secretTo}\`; select the ownership columns`,
  );
}

/** Copies a row without the column `opaque`. Filters add this column to rows when they withhold content in SQL. */
function copyAll<R extends object>(row: R): ResourceView<R>;
function copyAll(row: Readonly<Record<string, unknown>>): object {
  const { opaque: _, ...copy } = row;
  return copy;
}

function copyWithoutOwnership<R extends object>(row: R, shape: ResourceShape): ResourceView<R>;
function copyWithoutOwnership(
  row: Readonly<Record<string, unknown>>,
  { columns: { createdBy, lockedBy, secretTo } }: ResourceShape,
): object {
  const { opaque: _, [createdBy]: _by, [lockedBy]: _locked, [secretTo]: _secret, ...copy } = row;
  return copy;
}

function withhold(shape: ResourceShape, copy: { opaque?: true }): void {
  for (const name of shape.content) {
    if (Object.hasOwn(copy, name)) Reflect.set(copy, name, null);
  }
  for (const name of shape.validators) Reflect.deleteProperty(copy, name);
  copy.opaque = true;
}
