import { allow, type Denial, type Outcome } from '../../denial/denial.js';
import type { OrganizationCaller } from '../../principal/organization-caller.js';
import { admitWrite, type RequestedWrite } from '../admit-write.js';
import { explained } from '../explain.js';
import { READ_REFUSALS } from '../refusal.js';
import { decideGuarded, explainGuarded, type GuardedSubject, isUnknowable } from './decide-guarded.js';
import type { OwnershipSnapshot } from './ownership-reader.js';

/** The effect that an allowed write has on the resource. */
export type GuardedAdmission = 'create' | 'update' | 'delete' | 'read';

/** Kinds of write that do not update the existing resource, with what they do to it. */
const ADMITTED_CHANGES: Readonly<Partial<Record<RequestedWrite['kind'], GuardedAdmission>>> = {
  delete: 'delete',
  rename: 'delete',
  copy: 'read',
};

/** A write to one resource behind a guard. */
export interface GuardedTarget {
  readonly id: string;
  readonly write: RequestedWrite;
}

/**
 * Decides whether a write is passed to the router. `exists` comes from the service, ownership from `snapshot`.
 *
 * `token` names the caller's own write, which does not conflict with itself.
 */
export function admitGuarded(
  party: OrganizationCaller,
  snapshot: OwnershipSnapshot,
  { id, write }: GuardedTarget,
  { exists, token }: { readonly exists: boolean; readonly token?: string },
): Outcome<GuardedAdmission> {
  const subject = { party, snapshot, id, token };
  const outcome = admitWrite((action) => decideGuarded(subject, action), exists, write, party);
  if (outcome.allowed) return allow(outcome.value === 'create' ? 'create' : (ADMITTED_CHANGES[write.kind] ?? 'update'));
  return exists ? explainRefusal(subject, write, outcome) : outcome;
}

/**
 * Returns the refusal of a write that is refused whether or not the resource exists, because the caller may not know
 * it. Returns undefined if existence makes a difference.
 *
 * Call it before the service is asked: the time that takes, and another write in progress, would reveal that the
 * resource exists.
 */
export function checkUnknowable(
  party: OrganizationCaller,
  snapshot: OwnershipSnapshot,
  { id, write }: GuardedTarget,
): Denial | undefined {
  if (!isUnknowable(party, snapshot, id)) return undefined;
  const subject = { party, snapshot, id };
  const absent = admitWrite((action) => decideGuarded(subject, action), false, write, party);
  if (absent.allowed) return undefined;
  if (!snapshot.owned.has(id)) return absent;
  return explainRefusal(subject, write, { ...absent, reason: 'hidden' });
}

function explainRefusal(subject: GuardedSubject, write: RequestedWrite, denial: Denial): Denial {
  const asked = write.kind === 'delete' || write.kind === 'rename' ? 'delete' : 'update';
  const action = READ_REFUSALS.has(denial.code) ? 'read' : asked;
  const verdict = decideGuarded(subject, action);
  return explained(denial, explainGuarded(subject, action, verdict), subject.party);
}
