import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { type IdNamespace, type IdScope, parseTypeName, spaceOf } from '../../visibility/guard/id-namespace.js';
import { lockedRefusal } from '../../visibility/locked-refusal.js';
import type { Ownership } from '../../visibility/ownership.js';
import type { ActorState } from '../command/actor-state.js';
import { isSegmented, isWholeOwner } from '../escalation/check-held.js';

/** Identifies an organization's resources of one type behind a guard. */
export interface GuardedType {
  readonly oid: string;
  /** The guard's option `type`. */
  readonly type: string;
  /** The guard's option `tenancy`. */
  readonly tenancy: IdScope;
}

/** One guarded resource. */
export interface GuardedResource extends GuardedType {
  readonly id: string;
}

/** A resource whose ownership is stored in the service's own table. */
export interface InlineResource {
  readonly oid: string;
  /** The option `type` of the resource rules. */
  readonly type: string;
  readonly id: string;
  readonly lock: InlineLock;
}

/**
 * Gives access to the lock of one resource in the service's own table. Both methods must access only a resource of the
 * organization `oid` of the {@link InlineResource}.
 */
export interface InlineLock {
  /** Reads the current ownership. Resolves to undefined if there is no such resource. */
  find(): Promise<Ownership | undefined>;
  /**
   * Changes the holder of the lock from `from` to `to`, in one statement. If `from` does not hold the lock, does
   * nothing and resolves to false.
   */
  change(from: string, to: string | null): Promise<boolean>;
}

/**
 * Returns the namespace under which a guard stores the ownership of resources of one type.
 *
 * @throws OptionError if `type` is not a valid type name
 */
export function guardedSpace({ oid, type, tenancy }: GuardedType): IdNamespace {
  return spaceOf(parseTypeName('type', type), tenancy, oid);
}

/**
 * Checks that the actor is the operator, or an owner of the organization. The owner's credential must have all rights
 * of the owner, and no `segment` flair.
 */
export function checkOwner(actorState: ActorState, oid: string): Outcome<undefined> {
  if (actorState.operator || isWholeOwner(actorState.in(oid))) return allow(undefined);
  return deny('ERR_PERMISSION_MISSING', { detail: 'only an owner can do this', reason: 'not an owner' });
}

/**
 * Returns the holder of a lock, after checking that the actor may release or transfer the lock. Only the holder, a key
 * with the `root` flair, an owner, and the operator may do so.
 *
 * For a segmented actor (`segment` flair), a resource that the actor did not create is reported as not found.
 */
export function findLock(
  actorState: ActorState,
  oid: string,
  ownership: Ownership | undefined,
  holderName: string | undefined,
): Outcome<string> {
  const power = actorState.in(oid);
  const unknown = !actorState.operator && power === undefined;
  if (unknown || ownership === undefined) return notFound();
  const { createdBy, lockedBy } = ownership;
  if (isSegmented(power) && createdBy !== actorState.identity) return notFound();
  if (lockedBy === null) return deny('ERR_NOT_FOUND', { detail: 'the resource is not locked' });
  const may =
    actorState.operator ||
    isWholeOwner(power) ||
    power?.flairs.includes('root') === true ||
    lockedBy === actorState.identity;
  if (may) return allow(lockedBy);
  return lockedRefusal({ allowed: false, rule: 'locked', holder: lockedBy }, () => holderName);
}

function notFound() {
  return deny('ERR_NOT_FOUND', { detail: 'no such resource' });
}
