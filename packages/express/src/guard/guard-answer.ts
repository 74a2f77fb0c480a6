import { type OutgoingHttpHeaders, STATUS_CODES } from 'node:http';
import type { Denial } from '@flairgate/core';
import type { Request, Response } from 'express';
import { sendDenial } from '../denial/send-denial.js';
import { publishDenied } from '../events.js';
import type { Call } from './call.js';
import { type Captured, type HeaderLines, restore } from './router/intercept.js';

/** Response that the guard has decided to send. Only `sendGuardAnswer` sends it. */
export type GuardAnswer =
  /** The router's response, sent with the headers that are set on the response object. */
  | { readonly kind: 'pass'; readonly captured: Captured }
  /** The guard's own response. Its headers are added to the headers that were set before the router ran. */
  | {
      readonly kind: 'replace';
      readonly status: number;
      readonly headers: OutgoingHttpHeaders;
      readonly body: Buffer;
    }
  | { readonly kind: 'refuse'; readonly denial: Denial }
  /** The caller closed the connection before the router answered. */
  | { readonly kind: 'gone' };

export const GONE: GuardAnswer = Object.freeze({ kind: 'gone' });

/** Returns the guard's decision to send a refusal. */
export function toGuardAnswer(denial: Denial): GuardAnswer {
  return { kind: 'refuse', denial };
}

/**
 * Headers that describe the bytes of the router's response. The router's values of these headers are not sent, because
 * the guard may send different bytes.
 */
const OF_BYTES = new Set(['content-length', 'transfer-encoding', 'connection', 'keep-alive', 'trailer']);

/**
 * Sends the response that the guard has decided on. Before that, restores the functions of request and response that
 * the guard replaced. No other function of the guard sends a response.
 */
export function sendGuardAnswer(call: Pick<Call, 'guard' | 'req' | 'res' | 'run'>, answer: GuardAnswer): void {
  const { req, res, run } = call;
  if (run.interception !== undefined) restore(run.interception);
  switch (answer.kind) {
    case 'gone':
      return;
    case 'pass':
      sendBytes(req, res, answer.captured);
      return;
    case 'replace':
      if (run.interception !== undefined) resetHeaders(res, run.interception.before);
      setHeaders(res, answer.headers);
      sendBytes(req, res, answer);
      return;
    case 'refuse':
      if (run.interception !== undefined) takeBack(res, run.interception.before);
      sendRefusal(call, answer.denial);
  }
}

/** Discards the response that the router had begun, so that an error handler can send a response of its own. */
export function discard({ res, run: { interception } }: Pick<Call, 'res' | 'run'>): void {
  if (interception === undefined) return;
  restore(interception);
  takeBack(res, interception.before);
}

function takeBack(res: Response, before: HeaderLines): void {
  resetHeaders(res, before);
  res.statusCode = 200;
  res.statusMessage = '';
}

function sendRefusal({ guard, req, res }: Pick<Call, 'guard' | 'req' | 'res'>, denial: Denial): void {
  if (denial.code !== 'ERR_NOT_FOUND' || guard.notFound === undefined) {
    sendDenial(req, res, denial, guard.context);
    return;
  }
  publishDenied(req, denial, guard.context);
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  setHeaders(res, headers);
  sendBytes(req, res, { status: 404, headers, body: Buffer.from(JSON.stringify(guard.notFound)) });
}

interface Bytes {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

function sendBytes(req: Request, res: Response, { status, headers, body }: Bytes): void {
  for (const name of OF_BYTES) res.removeHeader(name);
  const fresh = isSafe(req) && isSuccess(status) && isFresh(req.headers['if-none-match'], headers.etag);
  res.statusCode = fresh ? 304 : status;
  res.statusMessage = STATUS_CODES[res.statusCode] ?? '';
  const bodiless = fresh || status === 204 || status === 304;
  if (!bodiless) res.setHeader('content-length', body.byteLength);
  if (bodiless || req.method === 'HEAD') res.end();
  else res.end(body);
}

/**
 * True if the request's `If-None-Match` shows that the caller already has the response with this ETag. The prefix `W/`
 * is ignored in the comparison.
 */
function isFresh(ifNoneMatch: unknown, etag: unknown): boolean {
  if (typeof ifNoneMatch !== 'string' || typeof etag !== 'string') return false;
  const plain = (text: string) => text.trim().replace(/^W\//, '');
  return ifNoneMatch.split(',').some((each) => plain(each) === '*' || plain(each) === plain(etag));
}

/** True for methods whose response a caller may have cached. */
function isSafe({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** True for a status that reports success. */
export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function setHeaders(res: Response, headers: OutgoingHttpHeaders): void {
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !OF_BYTES.has(name)) res.setHeader(name, value);
  }
}

/**
 * Restores the headers to an earlier state. Header names keep their letter case, so that a refusal consists of the same
 * bytes whether or not the router has run.
 */
function resetHeaders(res: Response, to: HeaderLines): void {
  for (const name of res.getHeaderNames()) res.removeHeader(name);
  for (const [name, value] of to) res.setHeader(name, value);
}
