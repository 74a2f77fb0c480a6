import { createHash } from 'node:crypto';
import { type OutgoingHttpHeaders, STATUS_CODES } from 'node:http';
import { type Denial, deny } from '@flairgate/core';
import type { Response } from 'express';
import { publishDenied } from '../events.js';
import { sendDenial } from '../send-denial.js';
import { type Call, report } from './call.js';
import type { Captured, Interception } from './intercept.js';

/** What goes out instead of, or as, the router's answer. */
export interface GuardedAnswer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

/** Headers of a router's answer that a restricted caller may see. */
const ALLOWED = new Set([
  'allow',
  'cache-control',
  'content-language',
  'content-type',
  'date',
  'expires',
  'retry-after',
  'vary',
  'www-authenticate',
]);

/** What belongs to the bytes that came, not to those that go. */
const OF_BYTES = new Set(['content-length', 'transfer-encoding', 'connection', 'keep-alive', 'trailer']);

/** Writes an answer over whatever the router had begun. */
export function sendAnswer(call: Call, interception: Interception, { status, headers, body }: GuardedAnswer): void {
  const { res } = call;
  interception.restore();
  resetHeaders(res, {});
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !OF_BYTES.has(name)) res.setHeader(name, value);
  }
  res.statusCode = status;
  res.statusMessage = STATUS_CODES[status] ?? '';
  end(call, status, body);
}

/** Sends the router's answer with the headers that stand on the response already. */
export function passAnswer(call: Pick<Call, 'req' | 'res'>, { status, body }: Captured): void {
  const { res } = call;
  for (const name of OF_BYTES) res.removeHeader(name);
  res.statusCode = status;
  res.statusMessage = STATUS_CODES[status] ?? '';
  end(call, status, body);
}

function end({ req, res }: Pick<Call, 'req' | 'res'>, status: number, body: Buffer): void {
  const bodiless = status === 204 || status === 304;
  if (!bodiless) res.setHeader('content-length', body.byteLength);
  if (bodiless || req.method === 'HEAD') res.end();
  else res.end(body);
}

/** Takes back whatever the router had begun. */
export function discard({ res }: Pick<Call, 'res'>, interception: Interception): void {
  interception.restore();
  resetHeaders(res, interception.headers);
  res.statusCode = 200;
  res.statusMessage = '';
}

/** Refuses after the router has answered: nothing of its answer goes out. */
export function refuseAnswer(call: Call, interception: Interception, denial: Denial): void {
  const { guard, req, res } = call;
  discard(call, interception);
  if (denial.code === 'ERR_INTERNAL') report(call, 'refuse', denial.reason);
  if (denial.code === 'ERR_NOT_FOUND' && guard.notFound !== undefined) {
    sendNotFound(call, denial);
    return;
  }
  sendDenial(req, res, denial, guard.context);
}

/** Refuses before the router is asked. */
export function refuse(call: Pick<Call, 'guard' | 'req' | 'res'>, denial: Denial): void {
  const { guard, req, res } = call;
  if (denial.code === 'ERR_NOT_FOUND' && guard.notFound !== undefined) sendNotFound(call, denial);
  else sendDenial(req, res, denial, guard.context);
}

function sendNotFound({ guard, req, res }: Pick<Call, 'guard' | 'req' | 'res'>, denial: Denial): void {
  publishDenied(req, denial, guard.context);
  const body = Buffer.from(JSON.stringify(guard.notFound));
  res.statusCode = 404;
  res.setHeader('content-type', 'application/json; charset=utf-8');
  res.setHeader('content-length', body.byteLength);
  if (req.method === 'HEAD') res.end();
  else res.end(body);
}

/** Why an answer cannot be judged; undefined where it can. */
export function undeclared({ status, headers, body, fault }: Captured): string | undefined {
  if (fault !== undefined) return fault;
  if (status === 206 || headers['content-range'] !== undefined) return 'the answer is a part of something';
  if (headers['content-encoding'] !== undefined) return 'the answer is encoded';
  if (headers.trailer !== undefined) return 'the answer has trailers';
  const type = String(headers['content-type'] ?? '').toLowerCase();
  if (type.startsWith('text/event-stream')) return 'the answer is an event stream';
  if (status < 200 || status >= 300 || body.byteLength === 0) return undefined;
  return /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/.test(type) ? undefined : 'the answer is not JSON';
}

/** An answer that is no success: whole to an unrestricted caller, else its status alone. */
export function failureAnswer(
  call: Call,
  { status, headers, body }: Captured,
  before: OutgoingHttpHeaders,
  restricted: boolean,
): GuardedAnswer {
  if (!restricted) return { status, headers, body };
  const title = STATUS_CODES[status] ?? 'Error';
  const plain = { type: 'about:blank', title, status, detail: title, error: title };
  return {
    status,
    headers: { ...allowedHeaders(call, headers, before), 'content-type': 'application/problem+json; charset=utf-8' },
    body: Buffer.from(JSON.stringify(plain)),
  };
}

/** The refusal that stands for a router's failure; undefined where its own answer goes out. */
export function denialOfStatus(status: number, restricted: boolean): Denial | undefined {
  if (status === 404) return deny('ERR_NOT_FOUND');
  if (!restricted) return undefined;
  if (status >= 500) return deny('ERR_INTERNAL', { reason: `the router answered ${status}` });
  if (status < 400) return deny('ERR_INTERNAL', { reason: 'the router answered with a redirection' });
  if (status === 409) return deny('ERR_RESOURCE_EXISTS', { detail: 'the request conflicts with what is there' });
  if (status === 412) return deny('ERR_ETAG_MISMATCH');
  return status === 400 ? deny('ERR_VALIDATION') : undefined;
}

/** The headers a restricted caller may see: those from before the router, and the allowed ones of its answer. */
export function allowedHeaders(
  { guard }: Call,
  headers: OutgoingHttpHeaders,
  before: OutgoingHttpHeaders,
): OutgoingHttpHeaders {
  const kept = Object.entries(headers).filter(([name]) => ALLOWED.has(name) || guard.headers.has(name));
  return { ...before, ...Object.fromEntries(kept) };
}

/** Makes the validator of a list out of the very bytes the caller gets. */
export function etagOf(body: Buffer): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
}

/** Whether the caller has these bytes already: `If-None-Match`, compared weakly. */
export function isFresh(ifNoneMatch: unknown, etag: unknown): boolean {
  if (typeof ifNoneMatch !== 'string' || typeof etag !== 'string') return false;
  const plain = (text: string) => text.trim().replace(/^W\//, '');
  return ifNoneMatch.split(',').some((each) => plain(each) === '*' || plain(each) === plain(etag));
}

function resetHeaders(res: Response, to: OutgoingHttpHeaders): void {
  for (const name of res.getHeaderNames()) res.removeHeader(name);
  for (const [name, value] of Object.entries(to)) if (value !== undefined) res.setHeader(name, value);
}
