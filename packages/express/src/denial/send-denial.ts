import { type Denial, deny, UnavailableError } from '@flairgate/core';
import { dependencyCodes } from '@flairgate/core/internal';
import type { Request, Response } from 'express';
import { publishDenied, reportFault } from '../events.js';
import { denialStyle } from '../protected-resource/resource-style.js';
import { exposeDenialHeaders } from '../request/preflight.js';
import type { MiddlewareCall } from '../request/request.js';
import { findRequestId } from '../request/request-id.js';
import { methodsOf } from '../v8/dictionary-mode.js';
import { type AnswerDenial, type DenialOptions, serializeDenial, withInstance } from './serialize-denial.js';

/** The limit that a caller exceeded. It is the member `policy` of `ERR_RATE_LIMITED`. */
export interface LimitPolicy {
  readonly name: string;
  readonly limit: number;
  readonly windowSeconds: number;
}

/** Default list of the headers that carry credentials. Options of the gate or of `authenticate` can add headers. */
const VARY = 'x-api-key, Authorization';

/** Headers that describe the handler's own response. They are removed when a refusal replaces that response. */
const STALE: ReadonlySet<string> = new Set([
  'accept-ranges',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-range',
  'etag',
  'last-modified',
  'link',
  'location',
]);

/**
 * Marks a response as private, so that no cache serves one caller's response to another caller.
 *
 * If a handler sets `Cache-Control` afterwards, the handler's value applies.
 *
 * @see RFC 9111 §3.5: shared caches handle `Authorization`, but not `x-api-key`.
 */
export function markPrivate(res: Response, vary = VARY): void {
  const methods = methodsOf(res);
  methods.setHeader.call(res, 'Cache-Control', 'private, no-store');
  varyByCredential(res, methods, vary);
}

/**
 * Sends a refusal with its challenge (the header `WWW-Authenticate`). The body is a problem document, or has the host's
 * own format. A `HEAD` request gets no body. If a response has already begun, closes the connection instead.
 *
 * @example
 * sendDenial(req, res, deny('ERR_PERMISSION_MISSING'), { missingPermissionStatus: 403 });
 */
export function sendDenial(req: Request, res: Response, denial: Denial, style: DenialOptions): void {
  publishDenied(req, denial, style);
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const answer = serializeDenial(denial, denialStyle(req, denial, style));
  const { status, headers, text } = withInstance(answer, findRequestId(req));
  const methods = methodsOf(res);
  for (const name of methods.getHeaderNames.call(res)) if (STALE.has(name)) res.removeHeader(name);
  res.statusCode = status;
  for (const [name, value] of headers) methods.setHeader.call(res, name, value);
  if (denial.code === 'ERR_RATE_LIMITED') setLimitHeaders(res, denial);
  exposeDenialHeaders(res);
  varyByCredential(res, methods, style.vary ?? VARY);
  if (req.method === 'HEAD') res.end();
  else if (style.answer === undefined) res.end(text);
  else answerInOwnForm({ req, res, denial, status, text }, style.answer);
}

interface OwnForm {
  readonly req: Request;
  readonly res: Response;
  readonly denial: Denial;
  readonly status: number;
  /** The problem document, which is sent if the host's own format fails. */
  readonly text: string;
}

function answerInOwnForm({ req, res, denial, status, text }: OwnForm, answer: AnswerDenial): void {
  const type = res.getHeader('Content-Type');
  res.removeHeader('Content-Type');
  res.removeHeader('Content-Length');
  const fallBack = (error: unknown) => {
    reportFault(error, req);
    if (res.headersSent) {
      res.destroy();
      return;
    }
    res.statusCode = status;
    res.setHeader('Content-Type', type ?? 'application/problem+json');
    res.removeHeader('Content-Length');
    res.end(text);
  };
  const { code, detail, members } = denial;
  try {
    Promise.resolve(answer({ code, detail, members, status }, req, res)).catch(fallBack);
  } catch (error) {
    fallBack(error);
  }
}

/**
 * Sends a 503 response if a dependency failed, and passes any other error to `next`. In both cases, the request reaches
 * no later route handler.
 */
export function sendFault({ req, res, next }: MiddlewareCall, error: unknown, style: DenialOptions): void {
  const denial = denialOfFault(error);
  if (denial === undefined) next(error ?? new Error('authorization failed without an error'));
  else sendDenial(req, res, denial, style);
}

/** Returns the refusal for a failed dependency. Returns undefined for any other error. */
export function denialOfFault(error: unknown): Denial | undefined {
  if (!(error instanceof UnavailableError)) return undefined;
  return deny(dependencyCodes[error.dependency], { fault: error });
}

function varyByCredential(res: Response, methods: Response, vary: string): void {
  if (methods.getHeader.call(res, 'Vary') === undefined) methods.setHeader.call(res, 'Vary', vary);
  else res.vary(vary);
}

/**
 * Sets the headers that describe the limit that was exceeded. Only these refusals have the two `X-RateLimit` headers,
 * because LimaCharlie's clients print a warning for every response that contains them.
 */
function setLimitHeaders(res: Response, denial: Denial): void {
  const { policy, retryAfter } = denial.members;
  if (!isPolicy(policy)) return;
  res.setHeader('X-RateLimit-Quota', policy.limit);
  res.setHeader('X-RateLimit-Period', policy.windowSeconds);
  if (res.hasHeader('RateLimit')) return;
  res.setHeader('RateLimit', `"${policy.name}"; r=0; t=${Number(retryAfter)}`);
  res.setHeader('RateLimit-Policy', `"${policy.name}"; q=${policy.limit}; w=${policy.windowSeconds}`);
}

function isPolicy(value: unknown): value is LimitPolicy {
  return typeof value === 'object' && value !== null && 'limit' in value && 'windowSeconds' in value;
}
