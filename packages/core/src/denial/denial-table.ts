import type { Denial, DenialCode, DenialMembers, Stage } from './denial.js';

/**
 * The `error` attribute of a challenge (`WWW-Authenticate` header, RFC 6750 §3.1). `none` for a challenge without this
 * attribute.
 */
export type Challenge = 'none' | 'invalid_request' | 'invalid_token' | 'insufficient_scope';

/** Row of the denial table. A denial may replace `detail` with a more specific text. */
export interface DenialRow {
  readonly stage: Stage;
  readonly status: number;
  readonly challenge?: Challenge;
  readonly detail: string;
}

/**
 * Table of all denials: the stage, HTTP status, challenge and default text for each code.
 *
 * @see RFC 6750 §3.1 for the challenges, RFC 9457 for the body.
 */
export const denialTable: Readonly<Record<DenialCode, DenialRow>> = {
  ERR_CREDENTIAL_MALFORMED: row('credential', 400, 'the credential is not well formed', 'invalid_request'),
  ERR_CREDENTIAL_AMBIGUOUS: row('credential', 400, 'send exactly one credential', 'invalid_request'),
  ERR_TOKEN_TOO_LARGE: row('credential', 413, 'the token is too large; ask for a token for one organization: add oid'),
  ERR_CREDENTIAL_MISSING: row('principal', 401, 'a credential is required: x-api-key or a bearer token', 'none'),
  ERR_KEY_INVALID: row('principal', 401, 'unknown api key', 'invalid_token'),
  ERR_TOKEN_INVALID: row('principal', 401, 'the token is not valid', 'invalid_token'),
  ERR_SIGN_IN_INVALID: row('principal', 400, 'this sign-in cannot be completed; start it again'),
  ERR_SIGN_IN_REFUSED: row('principal', 403, 'this account cannot sign in here'),
  ERR_SESSION_ENDED: row('principal', 401, 'the session has ended; sign in again', 'none'),
  ERR_PERMISSION_MISSING: row('permission', 401, 'missing permission', 'insufficient_scope'),
  ERR_ORGANIZATION_REQUIRED: row('permission', 400, 'name the organization: the credential is good for several'),
  ERR_USER_REQUIRED: row('permission', 401, 'only a user can do this', 'insufficient_scope'),
  ERR_NOT_FOUND: row('visibility', 404, 'not found'),
  ERR_RESOURCE_LOCKED: row('visibility', 403, 'the resource is locked'),
  ERR_RESOURCE_EXISTS: row('visibility', 409, 'the id is taken'),
  ERR_NOT_SECRET_TO_YOU: row(
    'visibility',
    409,
    'the resource exists and is not secret to this key; send its etag to update it',
  ),
  ERR_CONTENT_WITHHELD: row('visibility', 400, 'the content is withheld from this key; replace it whole or leave it'),
  ERR_ROUTE_UNGUARDED: row('visibility', 404, 'not found'),
  ERR_ESCALATION: row('administration', 403, 'a caller cannot grant more than it holds'),
  ERR_NAME_TAKEN: row('administration', 409, 'the name is taken'),
  ERR_LAST_OWNER: row('administration', 409, 'the last owner cannot be removed'),
  ERR_GROUP_CYCLE: row('administration', 409, 'the group would contain itself'),
  ERR_LIMIT: row('administration', 409, 'the limit is reached'),
  ERR_REPLAYED: row('administration', 409, 'this idempotency key was used before'),
  ERR_VALIDATION: row('administration', 400, 'the request is not valid'),
  ERR_ETAG_MISMATCH: row('administration', 412, 'the resource has changed'),
  ERR_BODY_TOO_LARGE: row('http', 413, 'the body is too large'),
  ERR_CONTENT_TYPE: row('http', 415, 'send a form or JSON'),
  ERR_METHOD: row('http', 405, 'the method is not allowed here'),
  ERR_ORIGIN: row('http', 403, 'the request must come from a page of this service'),
  ERR_RATE_LIMITED: row('limits', 429, 'too many requests'),
  ERR_STORE_UNAVAILABLE: row('fault', 503, 'the service cannot check the request right now'),
  ERR_KEY_SET_UNAVAILABLE: row('fault', 503, 'the service cannot check the token right now'),
  ERR_PROVIDER_UNAVAILABLE: row('fault', 503, 'the identity provider cannot be reached right now'),
  ERR_INTERNAL: row('fault', 500, 'something went wrong'),
};

function row(stage: Stage, status: number, detail: string, challenge?: Challenge): DenialRow {
  return challenge === undefined ? { stage, status, detail } : { stage, status, detail, challenge };
}

/** Parts of a denial that differ from the defaults in the denial table. */
export interface DenialDetails {
  readonly detail?: string;
  readonly reason?: string;
  readonly members?: DenialMembers;
  /** Error thrown by a dependency, for the diagnostics channel. */
  readonly fault?: unknown;
}

/**
 * Creates a denial. Stage and status always come from the table.
 *
 * @example
 * deny('ERR_NOT_FOUND', { reason: 'missing' });
 */
export function deny(code: DenialCode, { detail, reason, members, fault }: DenialDetails = {}): Denial {
  return {
    allowed: false,
    code,
    detail: detail ?? denialTable[code].detail,
    reason: reason ?? code,
    members: members ?? {},
    ...(fault === undefined ? {} : { fault }),
  };
}
