import type { OAuthRefusal } from '@flairgate/client';
import { type Denial, type DenialCode, DeniedError, deny, respond, UnavailableError } from '@flairgate/core';
import { dependencyCodes } from '@flairgate/core/internal';
import type { Gate } from '@flairgate/express';
import type { ErrorRequestHandler } from 'express';

/**
 * OAuth error names of RFC 6749 §5.2 and RFC 8693 §2.2.2. The last two names report failures of this service itself.
 */
export type OAuthError =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_scope'
  | 'invalid_target'
  | 'unsupported_grant_type'
  | 'temporarily_unavailable'
  | 'server_error';

/**
 * Creates a refusal with this OAuth error name. Without the name, the error handler would derive one from the refusal's
 * Flairgate code.
 */
export function denyOAuth(error: OAuthError, detail: string, reason = detail): Denial {
  return deny('ERR_VALIDATION', { detail, reason, members: { oauth: error } });
}

/**
 * Maps Flairgate's refusal codes to OAuth error names. On these routes, the request's credential identifies the OAuth
 * client, so an invalid credential becomes `invalid_client`. A code that is not listed becomes `invalid_request`.
 */
const ERRORS: Readonly<Partial<Record<DenialCode, OAuthError>>> = {
  ERR_CREDENTIAL_MISSING: 'invalid_client',
  ERR_KEY_INVALID: 'invalid_client',
  ERR_TOKEN_INVALID: 'invalid_client',
  ERR_RATE_LIMITED: 'temporarily_unavailable',
  ERR_STORE_UNAVAILABLE: 'temporarily_unavailable',
  ERR_KEY_SET_UNAVAILABLE: 'temporarily_unavailable',
};

/**
 * Creates the error handler for routes under `/oauth/`, which sends refusals in the format of RFC 6749. The handler
 * passes on all other errors, and all errors on other paths.
 *
 * Mount the handler without a path. With a path, the audit would contain this path twice.
 *
 * @see RFC 6749 §5.2
 */
export function oauthErrorHandler({ publishDenied }: Gate): ErrorRequestHandler {
  return function handleOAuthError(error: unknown, req, res, next) {
    const denial = denialOfThrown(error);
    if (denial === undefined || res.headersSent || !req.path.startsWith('/oauth/')) {
      next(error);
      return;
    }
    publishDenied(req, denial);
    const { status, headers } = respond(denial);
    const body: OAuthRefusal = { error: errorOf(denial), error_description: toErrorDescription(denial.detail) };
    const text = JSON.stringify(body);
    res.statusCode = status;
    for (const name in headers) res.setHeader(name, headers[name] ?? '');
    res.setHeader('content-type', 'application/json; charset=utf-8');
    res.setHeader('content-length', Buffer.byteLength(text));
    res.end(req.method === 'HEAD' ? undefined : text);
  };
}

function denialOfThrown(error: unknown): Denial | undefined {
  if (error instanceof DeniedError) return error.denial;
  if (!(error instanceof UnavailableError)) return undefined;
  return deny(dependencyCodes[error.dependency], { fault: error });
}

function errorOf({ code, members }: Denial): string {
  return typeof members.oauth === 'string' ? members.oauth : (ERRORS[code] ?? 'invalid_request');
}

/**
 * Removes backslashes and all characters outside printable ASCII, and replaces double quotes with single quotes. RFC
 * 6749 §5.2 allows none of these characters in an error description.
 */
function toErrorDescription(detail: string): string {
  return detail.replaceAll('"', "'").replaceAll(/[^\x20-\x7e]|\\/g, '');
}
