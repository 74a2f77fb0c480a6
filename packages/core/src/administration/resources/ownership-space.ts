import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { type IdNamespace, type IdScope, parseTypeName, spaceOf } from '../../visibility/guard/id-namespace.js';
import { lockedRefusal } from '../../visibility/locked-refusal.js';
import type { Ownership } from '../../visibility/ownership.js';
import type { ActorState } from '../command/actor-state.js';
import { isSegmented, isWholeOwner } from '../escalation/check-held.js';

/** Resources of one type and organization behind a guard. */
export interface GuardedType {
  readonly oid: string;
  /** The option `type` of the guard. */
  readonly type: string;
  /** The option `tenancy` of the guard. */
  readonly tenancy: IdScope;
}

/** One guarded resource. */
export interface GuardedResource extends GuardedType {
  readonly id: string;
}

/** A resource whose ownership is stored in the service's own table. */
export interface InlineResource {
  readonly oid: string;
  /** The option `type` of the rules. */
  readonly type: string;
  readonly id: string;
  readonly lock: InlineLock;
}

/** Access to the lock in the service's own table. Both methods read resources of this one organization only. */
export interface InlineLock {
  /** Reads the current ownership. Undefined if there is no such resource. */
  find(): Promise<Ownership | undefined>;
  /**
   * Changes the holder of the lock from `from` to `to`, in one statement. Does nothing and resolves to false if `from`
   * does not hold it.
   */
  change(from: string, to: string | null): Promise<boolean>;
}

/**
 * Returns the namespace that stores the ownership of a type.
 *
 * @throws OptionError if the name cannot be a type
 */
export function guardedSpace({ oid, type, tenancy }: GuardedType): IdNamespace {
  return spaceOf(parseTypeName('type', type), tenancy, oid);
}

/** Allows only the operator and owners whose credential is not restricted. */
export function checkOwner(standing: ActorState, oid: string): Outcome<undefined> {
  if (standing.operator || isWholeOwner(standing.in(oid))) return allow(undefined);
  return deny('ERR_PERMISSION_MISSING', { detail: 'only an owner can do this', reason: 'not an owner' });
}

/**
 * Finds the lock that an actor is about to release or transfer. Its holder, `root`, an owner and the operator can do
 * so.
 *
 * What a segmented actor cannot see is missing for it.
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
