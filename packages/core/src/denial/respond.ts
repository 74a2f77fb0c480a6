import { STATUS_CODES } from 'node:http';
import type { Denial, DenialCode } from './denial.js';
import { type Challenge, denialTable } from './denial-table.js';

/** Options of {@link respond}. */
export interface RespondOptions {
  /**
   * Status for a missing permission: 401, as LimaCharlie responds, or 403, as RFC 6750 §3.1 requires.
   *
   * @default 401
   */
  readonly missingPermissionStatus?: 401 | 403;
  /**
   * Separator between the parts of a permission name in the challenge's `scope` attribute.
   *
   * @default '.'
   */
  readonly scopeSeparator?: '.' | ':' | undefined;
  /**
   * Protected resource that was requested. If this option is set, the status of a missing permission is 403, and every
   * challenge contains the URL of the resource's metadata.
   */
  readonly resource?: ResourceChallenge | undefined;
}

/** Parts of a challenge that clients of a protected resource need. @see RFC 9728 §5.1 */
export interface ResourceChallenge {
  /** URL of the resource's metadata. */
  readonly metadataUrl: string;
  /** Permissions that the route requires. Undefined if they are not known. */
  readonly scope: readonly string[] | undefined;
  /** True if the request has a bearer token. Only then may the challenge state that the token is invalid. */
  readonly hasToken: boolean;
}

/** An HTTP response: status, headers in lower case, and body. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

const PERMISSION_CODES = new Set(['ERR_PERMISSION_MISSING', 'ERR_USER_REQUIRED']);

/** Base URL of the documentation pages about the codes. */
const PAGES = 'https://flairgate.github.io/flairgate/errors';

/** Returns the `type` of a problem document: the URL of the page about the code. @see RFC 9457 §3.1.1 */
function problemType(code: DenialCode): string {
  return `${PAGES}/${code}`;
}

/**
 * Converts a denial to its HTTP response: a problem document with the members `type title status detail code error`.
 *
 * `error` repeats `detail`, because LimaCharlie's clients read `error`.
 *
 * @example
 * const { status, headers, body } = respond(deny('ERR_NOT_FOUND'));
 *
 * @see RFC 9457 §3, RFC 6750 §3
 */
export function respond(denial: Denial, options: RespondOptions = {}): Answer {
  const row = denialTable[denial.code];
  const status = PERMISSION_CODES.has(denial.code) ? missingStatus(options, row.status) : row.status;
  const headers: Record<string, string> = {
    'content-type': 'application/problem+json; charset=utf-8',
    'cache-control': 'no-store',
  };
  if (row.challenge !== undefined) headers['www-authenticate'] = challengeText(denial, row.challenge, options);
  if (row.stage === 'fault' && status === 503) headers['retry-after'] = '1';
  const allow = denial.members.allow;
  if (denial.code === 'ERR_METHOD' && typeof allow === 'string') headers.allow = allow;
  const retryAfter = denial.members.retryAfter;
  if (typeof retryAfter === 'number') headers['retry-after'] = String(retryAfter);
  return {
    status,
    headers,
    body: {
      type: problemType(denial.code),
      title: STATUS_CODES[status] ?? 'Error',
      status,
      detail: denial.detail,
      code: denial.code,
      error: denial.detail,
      ...denial.members,
    },
  };
}

function missingStatus({ resource, missingPermissionStatus }: RespondOptions, fallback: number): number {
  return resource === undefined ? (missingPermissionStatus ?? fallback) : 403;
}

function challengeText(denial: Denial, error: Challenge, { scopeSeparator, resource }: RespondOptions): string {
  if (resource !== undefined) return resourceChallenge(denial, error, resource, scopeSeparator);
  if (error === 'none') return 'Bearer realm="flairgate"';
  const scope = scopeAttribute(denial.members.missing, scopeSeparator);
  return ['Bearer realm="flairgate"', `error="${error}"`, ...scope].join(', ');
}

function resourceChallenge(
  { required, members }: Denial,
  error: Challenge,
  { metadataUrl, scope, hasToken }: ResourceChallenge,
  separator: '.' | ':' | undefined,
): string {
  const isSaid = error !== 'none' && (error !== 'invalid_token' || hasToken);
  const needed = error === 'insufficient_scope' ? (required ?? members.missing) : scope;
  return [
    `Bearer resource_metadata="${quotable(metadataUrl)}"`,
    ...(error === 'invalid_request' ? [] : scopeAttribute(needed, separator)),
    ...(isSaid ? [`error="${error}"`] : []),
  ].join(', ');
}

function scopeAttribute(names: unknown, separator = '.'): readonly string[] {
  if (!Array.isArray(names) || names.length === 0) return [];
  return [`scope="${names.map((name) => quotable(name).replaceAll('.', separator)).join(' ')}"`];
}

/**
 * Removes the characters that RFC 6750 §3 forbids in a challenge's attributes: quotes, backslashes, non-printable and
 * non-ASCII characters.
 */
function quotable(text: unknown): string {
  return String(text).replaceAll(/[^\x21\x23-\x5b\x5d-\x7e]/g, '');
}
