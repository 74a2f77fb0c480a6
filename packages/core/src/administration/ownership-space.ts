import { allow, type Outcome } from '../answer/denial.js';
import { deny } from '../answer/denial-table.js';
import type { OwnershipRow } from '../store/rows.js';
import type { WriteTransaction } from '../store/store.js';
import { type GuardSpace, type GuardTenancy, parseTypeName, spaceOf } from '../visibility/guard/space.js';
import { readOwnership } from '../visibility/guard/standing.js';
import type { Standing } from './actor.js';
import { isSegmented, isWholeOwner } from './require.js';

/** Resources of one type, behind a guard, of one organization. */
export interface GuardedType {
  readonly oid: string;
  /** As the guard's option `type`. */
  readonly type: string;
  /** As the guard's option `tenancy`. */
  readonly tenancy: GuardTenancy;
}

/** One of them. */
export interface GuardedResource extends GuardedType {
  readonly id: string;
}

/** Where the ownership of a type stands. @throws OptionError for a name that is no type's */
export function guardedSpace({ oid, type, tenancy }: GuardedType): GuardSpace {
  return spaceOf(parseTypeName('type', type), tenancy, oid);
}

/** Lets the operator and whole owners on. */
export function requireOwner(standing: Standing, oid: string): Outcome<undefined> {
  if (standing.operator || isWholeOwner(standing.in(oid))) return allow(undefined);
  return deny('ERR_PERMISSION_MISSING', { detail: 'only an owner can do this', reason: 'not an owner' });
}

/**
 * Finds the lock an actor is about to end or hand on: its holder, `root`, an owner and the operator may.
 *
 * What a segmented actor may not know is missing for it.
 */
export async function findLock(
  tx: WriteTransaction,
  standing: Standing,
  resource: GuardedResource,
): Promise<Outcome<OwnershipRow & { readonly lockedBy: string }>> {
  const { oid, id } = resource;
  const power = standing.in(oid);
  const row = await readOwnership(tx, guardedSpace(resource), id);
  const unknown = !standing.operator && power === undefined;
  if (unknown || row === undefined || row.organization !== oid) return notFound();
  if (isSegmented(power) && row.createdBy !== standing.identity) return notFound();
  const { lockedBy } = row;
  if (lockedBy === null) return deny('ERR_NOT_FOUND', { detail: 'the resource is not locked' });
  const may =
    standing.operator ||
    isWholeOwner(power) ||
    power?.flairs.includes('root') === true ||
    lockedBy === standing.identity;
  return may ? allow({ ...row, lockedBy }) : deny('ERR_RESOURCE_LOCKED', { members: { lockedBy } });
}

function notFound() {
  return deny('ERR_NOT_FOUND', { detail: 'no such resource' });
}
