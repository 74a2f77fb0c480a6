import { allow, type Denial, type Outcome } from '../../denial/denial.js';
import type { OrganizationCaller } from '../../principal/organization-caller.js';
import { admitWrite, type RequestedWrite } from '../admit-write.js';
import { HIDDEN } from '../decide.js';
import { explained } from '../explain.js';
import { READ_REFUSALS } from '../refusal.js';
import { decideGuarded, explainGuarded, type GuardedSubject, isUnknowable } from './decide-guarded.js';
import type { OwnershipSnapshot } from './ownership-reader.js';

/** The effect of an allowed write on the resource. */
export type GuardedAdmission = 'create' | 'update' | 'delete' | 'read';

/** Effects of writes on an existing resource, by kind of write. A kind that is not listed has the effect `update`. */
const ADMITTED_CHANGES: Readonly<Partial<Record<RequestedWrite['kind'], GuardedAdmission>>> = {
  delete: 'delete',
  rename: 'delete',
  copy: 'read',
};

/** A write to one resource of a router behind a guard. */
export interface GuardedTarget {
  readonly id: string;
  readonly write: RequestedWrite;
}

/**
 * Decides whether a write is passed to the router. `exists` is true if the service reports that the resource exists.
 * The resource's ownership is read from `snapshot`.
 *
 * `token` identifies the pending write that is being decided, so that this write is not treated as a conflict with
 * itself.
 */
export function admitGuarded(
  caller: OrganizationCaller,
  snapshot: OwnershipSnapshot,
  { id, write }: GuardedTarget,
  { exists, token }: { readonly exists: boolean; readonly token?: string },
): Outcome<GuardedAdmission> {
  const subject = { caller, snapshot, id, token };
  const outcome = admitWrite((action) => decideGuarded(subject, action), exists, write, caller);
  if (outcome.allowed) return allow(outcome.value === 'create' ? 'create' : (ADMITTED_CHANGES[write.kind] ?? 'update'));
  return exists ? explainRefusal(subject, write, outcome) : outcome;
}

/**
 * Decides about a write before it is known whether the resource exists. Returns a denial if two conditions are met: the
 * caller must not know of the resource, and the write must be refused both if the resource exists and if it does not.
 * Otherwise returns undefined, because the decision depends on whether the resource exists.
 *
 * Call this function before asking the service if the resource exists. Otherwise the time that the service takes to
 * respond, or the wait for another write to finish, would reveal that the resource exists.
 */
export function checkUnknowable(
  caller: OrganizationCaller,
  snapshot: OwnershipSnapshot,
  { id, write }: GuardedTarget,
): Denial | undefined {
  if (!isUnknowable(caller, snapshot, id)) return undefined;
  const absent = checkAbsent(caller, { id, write });
  if (absent === undefined || !snapshot.owned.has(id)) return absent;
  return explainRefusal({ caller, snapshot, id }, write, { ...absent, reason: 'hidden' });
}

/**
 * Returns the denial for a write to a resource that does not exist. Returns undefined if the write creates the
 * resource.
 */
export function checkAbsent(caller: OrganizationCaller, { write }: GuardedTarget): Denial | undefined {
  const absent = admitWrite(() => HIDDEN, false, write, caller);
  return absent.allowed ? undefined : absent;
}

function explainRefusal(subject: GuardedSubject, write: RequestedWrite, denial: Denial): Denial {
  const asked = write.kind === 'delete' || write.kind === 'rename' ? 'delete' : 'update';
  const action = READ_REFUSALS.has(denial.code) ? 'read' : asked;
  const verdict = decideGuarded(subject, action);
  return explained(denial, explainGuarded(subject, action, verdict), subject.caller);
}
