import { ownerIn, ownershipOf } from './columns.js';
import { decide, HIDDEN, type ResourceAction, type Verdict } from './decide.js';
import type { Party } from './ownership.js';
import type { ResourceShape } from './rules.js';

/** A row as a caller may see it. Any field may be null (withheld) or gone (ownership, validators). */
export type ResourceView<R> = { [K in keyof R]?: R[K] | null } & { opaque?: true };

/** Copies one row as `party` may see it; undefined when the row must not be known. */
export function viewRow<R extends object>(shape: ResourceShape, party: Party, row: R): ResourceView<R> | undefined {
  const plain = plainRow(row);
  const verdict = decideRow(shape, party, plain, 'read');
  if (!verdict.allowed && verdict.rule === 'hidden') return undefined;
  const copy: ResourceView<R> = { ...plain };
  // The member is ours: a filter that withholds inside SQL selects it for every row.
  delete copy.opaque;
  if (shape.ownership === 'hide') {
    for (const name of ownershipColumns(shape)) Reflect.deleteProperty(copy, name);
  }
  if (!verdict.allowed) withhold(shape, copy);
  return copy;
}

/** Decides about a row that is there. Another organization's is hidden. */
export function decideRow(shape: ResourceShape, party: Party, row: object, action: ResourceAction): Verdict {
  const plain = plainRow(row);
  const ownership = ownershipOf(plain, shape.columns);
  return isElsewhere(shape, party, plain) ? HIDDEN : decide(party, ownership, action);
}

/** Whether the row belongs to another organization than the one `party` acts in. */
export function isElsewhere({ tenancy, columns }: ResourceShape, party: Party, row: object): boolean {
  return tenancy === 'column' && ownerIn(row, columns.organization) !== party.oid;
}

/** An ORM's entity as the object it would be sent as; any other row as it is. */
export function plainRow<R extends object>(row: R): R {
  if (!('toJSON' in row) || typeof row.toJSON !== 'function') return row;
  const plain: R = row.toJSON();
  if (typeof plain === 'object' && plain !== null && !('toJSON' in plain)) return plain;
  throw new TypeError('toJSON of the row gave no plain object');
}

function withhold(shape: ResourceShape, copy: { opaque?: true }): void {
  for (const name of shape.content) {
    if (Object.hasOwn(copy, name)) Reflect.set(copy, name, null);
  }
  for (const name of shape.validators) Reflect.deleteProperty(copy, name);
  copy.opaque = true;
}

function ownershipColumns({ columns }: ResourceShape): readonly string[] {
  return [columns.createdBy, columns.lockedBy, columns.secretTo];
}
