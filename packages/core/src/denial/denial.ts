import type { Explanation } from './explanation.js';

/** Where on the way of a request a refusal was decided. */
export type Stage =
  | 'credential'
  | 'principal'
  | 'permission'
  | 'visibility'
  | 'administration'
  | 'http'
  | 'limits'
  | 'fault';

/** Every way a request can be refused. The table in `denial-table.ts` has one row for each. */
export type DenialCode =
  | 'ERR_CREDENTIAL_MALFORMED'
  | 'ERR_CREDENTIAL_AMBIGUOUS'
  | 'ERR_TOKEN_TOO_LARGE'
  | 'ERR_CREDENTIAL_MISSING'
  | 'ERR_KEY_INVALID'
  | 'ERR_TOKEN_INVALID'
  | 'ERR_PERMISSION_MISSING'
  | 'ERR_ORGANIZATION_REQUIRED'
  | 'ERR_USER_REQUIRED'
  | 'ERR_NOT_FOUND'
  | 'ERR_RESOURCE_LOCKED'
  | 'ERR_RESOURCE_EXISTS'
  | 'ERR_NOT_SECRET_TO_YOU'
  | 'ERR_CONTENT_WITHHELD'
  | 'ERR_ROUTE_UNGUARDED'
  | 'ERR_ESCALATION'
  | 'ERR_NAME_TAKEN'
  | 'ERR_LAST_OWNER'
  | 'ERR_GROUP_CYCLE'
  | 'ERR_LIMIT'
  | 'ERR_REPLAYED'
  | 'ERR_VALIDATION'
  | 'ERR_ETAG_MISMATCH'
  | 'ERR_BODY_TOO_LARGE'
  | 'ERR_CONTENT_TYPE'
  | 'ERR_METHOD'
  | 'ERR_RATE_LIMITED'
  | 'ERR_STORE_UNAVAILABLE'
  | 'ERR_KEY_SET_UNAVAILABLE'
  | 'ERR_INTERNAL';

/** What a refusal may add to its body, by name. Values are JSON and safe to show the caller. */
export type DenialMembers = Readonly<Record<string, unknown>>;

/**
 * A refusal, as a value.
 *
 * `detail` and `members` go to the caller. All else goes to the diagnostics channel and the audit only: it tells an
 * unknown key from a revoked one, and a hidden resource from a missing one, which the caller must not learn.
 */
export interface Denial {
  readonly allowed: false;
  readonly code: DenialCode;
  readonly detail: string;
  readonly reason: string;
  readonly members: DenialMembers;
  /** Why a dependency failed. Never shown. */
  readonly fault?: unknown;
  /** What decided about the resource, and what would change it. */
  readonly explanation?: Explanation;
  /** Organization it is about. */
  readonly organization?: string;
  /** Whose credential was good, and is not taken here; absent where the request itself has its caller. */
  readonly caller?: RefusedCaller;
}

/** What the audit needs to know of a caller that was refused. Every principal has it. */
export interface RefusedCaller {
  readonly identity: string;
  readonly ident: string;
  readonly organizations: readonly string[];
}

/** Either what was asked for, or the refusal. */
export type Outcome<T> = { readonly allowed: true; readonly value: T } | Denial;

/** Wraps a value as an allowed outcome. */
export function allow<T>(value: T): Outcome<T> {
  return { allowed: true, value };
}
