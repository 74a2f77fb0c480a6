import type { Explanation } from './explanation.js';

/** Stage of a request at which it was denied. */
export type Stage =
  | 'credential'
  | 'principal'
  | 'permission'
  | 'visibility'
  | 'administration'
  | 'http'
  | 'limits'
  | 'fault';

/** Code of a denial. Each has one row in the table in `denial-table.ts`. */
export type DenialCode =
  | 'ERR_CREDENTIAL_MALFORMED'
  | 'ERR_CREDENTIAL_AMBIGUOUS'
  | 'ERR_TOKEN_TOO_LARGE'
  | 'ERR_CREDENTIAL_MISSING'
  | 'ERR_KEY_INVALID'
  | 'ERR_TOKEN_INVALID'
  | 'ERR_SIGN_IN_INVALID'
  | 'ERR_SIGN_IN_REFUSED'
  | 'ERR_SESSION_ENDED'
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
  | 'ERR_ORIGIN'
  | 'ERR_RATE_LIMITED'
  | 'ERR_STORE_UNAVAILABLE'
  | 'ERR_KEY_SET_UNAVAILABLE'
  | 'ERR_PROVIDER_UNAVAILABLE'
  | 'ERR_INTERNAL';

/** Members that a denial adds to the response body, by name. Values are JSON, and the caller may see them. */
export type DenialMembers = Readonly<Record<string, unknown>>;

/**
 * A refusal as a value that is returned, not thrown.
 *
 * Only `detail` and `members` are sent to the caller. The other properties go to the diagnostics channel and the audit
 * log, because they distinguish an unknown key from a revoked key, and a hidden resource from a missing one.
 */
export interface Denial {
  readonly allowed: false;
  readonly code: DenialCode;
  readonly detail: string;
  readonly reason: string;
  readonly members: DenialMembers;
  /** Error thrown by a dependency. Never sent to the caller. */
  readonly fault?: unknown;
  /** The decision about the resource, and the changes that would reverse the decision. */
  readonly explanation?: Explanation;
  /**
   * All permissions that the request requires, including those that the caller has. Absent if any one of several
   * permissions is enough.
   */
  readonly required?: readonly string[];
  /** Id of the organization that the denial is about. */
  readonly organization?: string;
  /**
   * Caller whose request was refused although the caller's credential is valid. Absent if the caller is attached to the
   * request object.
   */
  readonly caller?: RefusedCaller;
}

/** The properties of a refused caller that the audit log needs. Every principal has these properties. */
export interface RefusedCaller {
  readonly identity: string;
  readonly ident: string;
  readonly organizations: readonly string[];
}

/** Either the requested value, or a denial. */
export type Outcome<T> = { readonly allowed: true; readonly value: T } | Denial;

/**
 * Wraps a value as an allowed outcome.
 *
 * @example
 * allow(42); // { allowed: true, value: 42 }
 */
export function allow<T>(value: T): Outcome<T> {
  return { allowed: true, value };
}
