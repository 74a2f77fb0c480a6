import { type Denial, deny, UnavailableError } from '@flairgate/core';
import type { NextFunction, Request, Response } from 'express';
import { publishDenied } from '../events.js';
import { type DenialOptions, writtenDenial } from './serialize-denial.js';

/** What the caller may be told of a limit they passed; `members.policy` of `ERR_RATE_LIMITED`. */
export interface LimitPolicy {
  readonly name: string;
  readonly limit: number;
  readonly windowSeconds: number;
}

const VARY = 'x-api-key, Authorization';

/** Headers that describe an answer the handler had begun and that will not be sent. */
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
 * Marks an answer as one caller's own, so that no cache gives it to another.
 *
 * A handler that sets `Cache-Control` afterwards has the last word.
 *
 * @see RFC 9111 §3.5: shared caches know `Authorization`, but nothing of `x-api-key`.
 */
export function markPrivate(res: Response): void {
  const methods = methodsOf(res);
  methods.setHeader.call(res, 'Cache-Control', 'private, no-store');
  varyByCredential(res, methods);
}

/** Writes a refusal: problem document, challenge, and no body to `HEAD`. Closes the connection of a begun answer. */
export function sendDenial(req: Request, res: Response, denial: Denial, style: DenialOptions): void {
  publishDenied(req, denial, style);
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const { status, headers, text } = writtenDenial(denial, style);
  const methods = methodsOf(res);
  for (const name of methods.getHeaderNames.call(res)) if (STALE.has(name)) res.removeHeader(name);
  res.statusCode = status;
  for (const [name, value] of headers) methods.setHeader.call(res, name, value);
  if (denial.code === 'ERR_RATE_LIMITED') announceLimit(res, denial);
  varyByCredential(res, methods);
  if (req.method === 'HEAD') res.end();
  else res.end(text);
}

/** Answers a dependency's failure as 503; hands any other error on. Never lets the request through. */
export function sendFault(req: Request, res: Response, next: NextFunction, error: unknown, style: DenialOptions): void {
  const denial = denialOfFault(error);
  if (denial === undefined) next(error ?? new Error('authorization failed without an error'));
  else sendDenial(req, res, denial, style);
}

/** The refusal that stands for a failed dependency; undefined for any other error. */
export function denialOfFault(error: unknown): Denial | undefined {
  if (!(error instanceof UnavailableError)) return undefined;
  return deny(error.dependency === 'store' ? 'ERR_STORE_UNAVAILABLE' : 'ERR_KEY_SET_UNAVAILABLE', { fault: error });
}

function varyByCredential(res: Response, methods: Response): void {
  if (methods.getHeader.call(res, 'Vary') === undefined) methods.setHeader.call(res, 'Vary', VARY);
  else res.vary(VARY);
}

/**
 * The response itself where the host gave it methods of its own, else its prototype: all responses of an app have the
 * same one, so that V8 finds a method there at once.
 *
 * @see readProperty
 */
function methodsOf(res: Response): Response {
  return Object.hasOwn(res, 'setHeader') ? res : Object.getPrototypeOf(res);
}

/** LimaCharlie's clients read the two `X-RateLimit` fields, and warn at every answer that has them. */
function announceLimit(res: Response, denial: Denial): void {
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
