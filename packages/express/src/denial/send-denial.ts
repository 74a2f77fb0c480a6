import { type Denial, deny, UnavailableError } from '@flairgate/core';
import type { Request, Response } from 'express';
import { publishDenied, reportFault } from '../events.js';
import { denialStyle } from '../protected-resource/resource-style.js';
import { exposeDenialHeaders } from '../request/preflight.js';
import type { MiddlewareCall } from '../request/request.js';
import { findRequestId } from '../request/request-id.js';
import { methodsOf } from '../v8/dictionary-mode.js';
import { type AnswerDenial, type DenialOptions, serializeDenial, withInstance } from './serialize-denial.js';

/** Limit that a caller exceeded: `members.policy` of `ERR_RATE_LIMITED`. */
export interface LimitPolicy {
  readonly name: string;
  readonly limit: number;
  readonly windowSeconds: number;
}

/** Headers that hold credentials, unless the gate or `authenticate` reads others. */
const VARY = 'x-api-key, Authorization';

/** Headers that describe an answer which the handler had begun and which is not sent. */
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
 * Marks an answer as private to one caller, so that no cache serves it to another.
 *
 * A `Cache-Control` that a handler sets afterwards applies.
 *
 * @see RFC 9111 §3.5: shared caches handle `Authorization`, but not `x-api-key`.
 */
export function markPrivate(res: Response, vary = VARY): void {
  const methods = methodsOf(res);
  methods.setHeader.call(res, 'Cache-Control', 'private, no-store');
  varyByCredential(res, methods, vary);
}

/**
 * Sends a refusal as a problem document with its challenge, or in the form of the host; without a body for `HEAD`. If an
 * answer has already begun, the connection is closed.
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
  /** The problem document, in case the host fails. */
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

/** Sends the failure of a dependency as 503, and passes any other error on. The request never goes through. */
export function sendFault({ req, res, next }: MiddlewareCall, error: unknown, style: DenialOptions): void {
  const denial = denialOfFault(error);
  if (denial === undefined) next(error ?? new Error('authorization failed without an error'));
  else sendDenial(req, res, denial, style);
}

/** Returns the refusal for a failed dependency; undefined for any other error. */
export function denialOfFault(error: unknown): Denial | undefined {
  if (!(error instanceof UnavailableError)) return undefined;
  return deny(error.dependency === 'store' ? 'ERR_STORE_UNAVAILABLE' : 'ERR_KEY_SET_UNAVAILABLE', { fault: error });
}

function varyByCredential(res: Response, methods: Response, vary: string): void {
  if (methods.getHeader.call(res, 'Vary') === undefined) methods.setHeader.call(res, 'Vary', vary);
  else res.vary(vary);
}

/**
 * Sets the headers of a limit. Clients of LimaCharlie read the two `X-RateLimit` fields and warn at every answer that
 * has them.
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
