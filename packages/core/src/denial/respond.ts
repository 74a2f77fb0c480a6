import { STATUS_CODES } from 'node:http';
import type { Denial } from './denial.js';
import { denialTable } from './denial-table.js';

/** Options of {@link respond}. */
export interface RespondOptions {
  /**
   * Status of a missing permission: 401 as LimaCharlie answers, or 403 as RFC 6750 §3.1 says.
   *
   * @default 401
   */
  readonly missingPermissionStatus?: 401 | 403;
  /**
   * Separator between the parts of a permission in the attribute `scope` of the challenge.
   *
   * @default '.'
   */
  readonly scopeSeparator?: '.' | ':' | undefined;
}

/** An HTTP answer: status, headers in lower case, body. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

const PERMISSION_CODES = new Set(['ERR_PERMISSION_MISSING', 'ERR_USER_REQUIRED']);

/**
 * Turns a refusal into its HTTP answer: a problem document with the members `type title status detail code error`.
 *
 * `error` repeats `detail`, because LimaCharlie's clients read that member.
 *
 * @example
 * const { status, headers, body } = respond(deny('ERR_NOT_FOUND'));
 *
 * @see RFC 9457 §3, RFC 6750 §3
 */
export function respond(denial: Denial, options: RespondOptions = {}): Answer {
  const row = denialTable[denial.code];
  const status = PERMISSION_CODES.has(denial.code) ? (options.missingPermissionStatus ?? row.status) : row.status;
  const headers: Record<string, string> = {
    'content-type': 'application/problem+json; charset=utf-8',
    'cache-control': 'no-store',
  };
  if (row.challenge !== undefined)
    headers['www-authenticate'] = challengeText(denial, row.challenge, options.scopeSeparator);
  if (row.stage === 'fault' && status === 503) headers['retry-after'] = '1';
  const allow = denial.members.allow;
  if (denial.code === 'ERR_METHOD' && typeof allow === 'string') headers.allow = allow;
  const retryAfter = denial.members.retryAfter;
  if (typeof retryAfter === 'number') headers['retry-after'] = String(retryAfter);
  return {
    status,
    headers,
    body: {
      type: 'about:blank',
      title: STATUS_CODES[status] ?? 'Error',
      status,
      detail: denial.detail,
      code: denial.code,
      error: denial.detail,
      ...denial.members,
    },
  };
}

function challengeText(denial: Denial, error: string, separator = '.'): string {
  if (error === 'none') return 'Bearer realm="flairgate"';
  const missing = denial.members.missing;
  const scope = Array.isArray(missing)
    ? `, scope="${missing.map((name) => quotable(name).replaceAll('.', separator)).join(' ')}"`
    : '';
  return `Bearer realm="flairgate", error="${error}"${scope}`;
}

/** Removes characters that RFC 6750 §3 forbids in these attributes: quotes, backslashes, non-printable and non-ASCII. */
function quotable(text: unknown): string {
  return String(text).replaceAll(/[^\x21\x23-\x5b\x5d-\x7e]/g, '');
}
