import type { AllowRule, RefuseRule, ResourceAction } from '../denial/explanation.js';
import type { OrganizationCaller } from '../principal/organization-caller.js';
import type { Ownership } from './ownership.js';

export type { AllowRule, RefuseRule, ResourceAction };

/** The decision for one caller, one resource and one action. `holder` is the identity that holds the lock. */
export type Verdict =
  | { readonly allowed: true; readonly rule: AllowRule }
  | { readonly allowed: false; readonly rule: RefuseRule; readonly holder?: string };

/**
 * Verdict for a resource that the caller must not know about. Either the resource is missing, or the resource belongs
 * to an organization other than the caller's, or the caller has the `segment` flair and did not create the resource.
 */
export const HIDDEN: Verdict = Object.freeze({ allowed: false, rule: 'hidden' });

const WITHHELD: Verdict = Object.freeze({ allowed: false, rule: 'withheld' });
const OPEN: Verdict = Object.freeze({ allowed: true, rule: 'open' });
const CREATOR: Verdict = Object.freeze({ allowed: true, rule: 'creator' });
const HOLDER: Verdict = Object.freeze({ allowed: true, rule: 'holder' });
const ROOT: Verdict = Object.freeze({ allowed: true, rule: 'root' });

/**
 * Decides what a caller may do with one resource in its own organization.
 *
 * | action | refused if |
 * | --- | --- |
 * | `know` | the caller has `segment`, does not have `root`, and did not create the resource |
 * | `read` | `know` is refused; or the content is secret to a key other than the caller's (`root` does not help) |
 * | `update`, `delete` | `know` is refused; or an identity other than the caller holds the lock (`root` ignores it) |
 *
 * Does not compare organizations, because `Ownership` contains no organization. The function that reads the row
 * compares the row's organization with the caller's.
 */
export function decide(caller: OrganizationCaller, ownership: Ownership, action: ResourceAction): Verdict {
  const known = decideKnow(caller, ownership);
  if (!known.allowed) return known;
  switch (action) {
    case 'know':
      return known;
    case 'read':
      return decideRead(caller, ownership);
    case 'update':
    case 'delete':
      return decideWrite(caller, ownership);
  }
}

function decideKnow(caller: OrganizationCaller, ownership: Ownership): Verdict {
  if (!caller.segment) return OPEN;
  if (ownership.createdBy === caller.identity) return CREATOR;
  return caller.root ? ROOT : HIDDEN;
}

function decideRead(caller: OrganizationCaller, ownership: Ownership): Verdict {
  if (ownership.secretTo === null) return OPEN;
  return ownership.secretTo === caller.secretId ? HOLDER : WITHHELD;
}

function decideWrite(caller: OrganizationCaller, ownership: Ownership): Verdict {
  if (ownership.lockedBy === null) return OPEN;
  if (ownership.lockedBy === caller.identity) return HOLDER;
  return caller.root ? ROOT : { allowed: false, rule: 'locked', holder: ownership.lockedBy };
}
