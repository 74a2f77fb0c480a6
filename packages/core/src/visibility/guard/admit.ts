import { allow, type Denial, type Outcome } from '../../denial/denial.js';
import type { OrganizationCaller } from '../../principal/organization-caller.js';
import { admitWrite, type RequestedWrite } from '../admit.js';
import { explained } from '../explain.js';
import { OF_READING } from '../refusal.js';
import { explainGuarded, isUnknowable, judge } from './judge.js';
import type { OwnershipSnapshot } from './standing.js';

/** What the write is, now that it is known whether the resource exists. */
export type GuardedAdmission = 'create' | 'update' | 'delete' | 'read';

/** Kinds of write that do something else than update what is there. */
const CHANGES: Readonly<Partial<Record<RequestedWrite['kind'], GuardedAdmission>>> = {
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
 * Decides whether a write goes on to the router. `exists` comes from the service, ownership from the standing.
 *
 * `token` names the caller's own write, which does not stand in its way.
 */
export function admitGuarded(
  party: OrganizationCaller,
  standing: OwnershipSnapshot,
  { id, write }: GuardedTarget,
  { exists, token }: { readonly exists: boolean; readonly token?: string },
): Outcome<GuardedAdmission> {
  const outcome = admitWrite((action) => judge(party, standing, id, action, token), exists, write, party);
  if (outcome.allowed) return allow(outcome.value === 'create' ? 'create' : (CHANGES[write.kind] ?? 'update'));
  return exists ? explainRefusal(party, standing, { id, write }, outcome, token) : outcome;
}

/**
 * Refuses a write that is refused whether or not the resource exists, because the caller may not know of it.
 *
 * Undefined where existence makes a difference. ServiceRequest before the service is: how long it takes, and whether somebody
 * else is writing the resource, would tell that it is there.
 */
export function refuseUnknowable(
  party: OrganizationCaller,
  standing: OwnershipSnapshot,
  { id, write }: GuardedTarget,
): Denial | undefined {
  if (!isUnknowable(party, standing, id)) return undefined;
  const absent = admitWrite((action) => judge(party, standing, id, action), false, write, party);
  if (absent.allowed) return undefined;
  if (!standing.owned.has(id)) return absent;
  return explainRefusal(party, standing, { id, write }, { ...absent, reason: 'hidden' });
}

function explainRefusal(
  party: OrganizationCaller,
  standing: OwnershipSnapshot,
  { id, write }: GuardedTarget,
  denial: Denial,
  token?: string,
): Denial {
  const asked = write.kind === 'delete' || write.kind === 'rename' ? 'delete' : 'update';
  const action = OF_READING.has(denial.code) ? 'read' : asked;
  const verdict = judge(party, standing, id, action, token);
  return explained(denial, explainGuarded(party, standing, id, action, verdict, token), party);
}
