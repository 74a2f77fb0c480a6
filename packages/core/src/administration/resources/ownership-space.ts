import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { type IdNamespace, type IdScope, parseTypeName, spaceOf } from '../../visibility/guard/id-namespace.js';
import { lockedRefusal } from '../../visibility/locked-refusal.js';
import type { Ownership } from '../../visibility/ownership.js';
import type { ActorState } from '../command/actor-state.js';
import { isSegmented, isWholeOwner } from '../escalation/check-held.js';

/** Resources of one type, behind a guard, of one organization. */
export interface GuardedType {
  readonly oid: string;
  /** As the guard's option `type`. */
  readonly type: string;
  /** As the guard's option `tenancy`. */
  readonly tenancy: IdScope;
}

/** One of them. */
export interface GuardedResource extends GuardedType {
  readonly id: string;
}

/** A resource whose ownership stands in the service's own table. */
export interface InlineResource {
  readonly oid: string;
  /** As the rules' option `type`. */
  readonly type: string;
  readonly id: string;
  readonly lock: InlineLock;
}

/** What a service does with the lock in its own table. Both look at resources of this one organization alone. */
export interface InlineLock {
  /** Reads the ownership as it is now; undefined where there is no such resource. */
  find(): Promise<Ownership | undefined>;
  /** Sets `lockedBy` to `to` where it is `from`, in one statement, and says whether it was. */
  change(from: string, to: string | null): Promise<boolean>;
}

/** Where the ownership of a type stands. @throws OptionError for a name that is no type's */
export function guardedSpace({ oid, type, tenancy }: GuardedType): IdNamespace {
  return spaceOf(parseTypeName('type', type), tenancy, oid);
}

/** Lets the operator and whole owners on. */
export function checkOwner(standing: ActorState, oid: string): Outcome<undefined> {
  if (standing.operator || isWholeOwner(standing.in(oid))) return allow(undefined);
  return deny('ERR_PERMISSION_MISSING', { detail: 'only an owner can do this', reason: 'not an owner' });
}

/**
 * Finds the lock an actor is about to end or hand on: its holder, `root`, an owner and the operator may.
 *
 * What a segmented actor may not know is missing for it.
 */
export function findLock(
  standing: ActorState,
  oid: string,
  ownership: Ownership | undefined,
  holderName: string | undefined,
): Outcome<string> {
  const power = standing.in(oid);
  const unknown = !standing.operator && power === undefined;
  if (unknown || ownership === undefined) return notFound();
  const { createdBy, lockedBy } = ownership;
  if (isSegmented(power) && createdBy !== standing.identity) return notFound();
  if (lockedBy === null) return deny('ERR_NOT_FOUND', { detail: 'the resource is not locked' });
  const may =
    standing.operator ||
    isWholeOwner(power) ||
    power?.flairs.includes('root') === true ||
    lockedBy === standing.identity;
  if (may) return allow(lockedBy);
  return lockedRefusal({ allowed: false, rule: 'locked', holder: lockedBy }, () => holderName);
}

function notFound() {
  return deny('ERR_NOT_FOUND', { detail: 'no such resource' });
}
