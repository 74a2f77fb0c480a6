import { createHash } from 'node:crypto';
import { type OutgoingHttpHeaders, STATUS_CODES } from 'node:http';
import { type Denial, deny } from '@flairgate/core';
import { type Call, report } from './call.js';
import { type GuardAnswer, toGuardAnswer } from './guard-answer.js';
import { isOfOne } from './route-table.js';
import type { Captured } from './router/intercept.js';

/** Headers of a router's answer that a restricted caller can see. */
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

/** Returns the refusal of an answer that cannot be checked: no byte of it is sent. */
export function denyAnswer(call: Call, reason: string): GuardAnswer {
  report(call, 'refuse', reason);
  return toGuardAnswer(deny('ERR_INTERNAL', { reason }));
}

/** Returns why an answer cannot be checked; undefined if it can. Reads its status and headers only. */
export function findAnswerFault({ status, headers, body, fault }: Captured): string | undefined {
  if (fault !== undefined) return fault;
  if (status === 206 || headers['content-range'] !== undefined) return 'the answer is a part of something';
  if (headers['content-encoding'] !== undefined) return 'the answer is encoded';
  if (headers.trailer !== undefined) return 'the answer has trailers';
  const type = String(headers['content-type'] ?? '').toLowerCase();
  if (type.startsWith('text/event-stream')) return 'the answer is an event stream';
  if (status < 200 || status >= 300 || body.byteLength === 0) return undefined;
  return /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/.test(type) ? undefined : 'the answer is not JSON';
}

/**
 * Returns the answer for a response that is not a success: unchanged for an unrestricted caller, otherwise its status
 * only.
 */
export function failureAnswer(call: Call, captured: Captured, restricted: boolean): GuardAnswer {
  const { status, headers } = captured;
  const missing = status === 404 || (status === 410 && isOfOne(call.route));
  if (missing) return toGuardAnswer(deny('ERR_NOT_FOUND'));
  if (!restricted) return { kind: 'pass', captured };
  const denial = denialOfStatus(status);
  if (denial !== undefined) {
    return denial.code === 'ERR_INTERNAL' ? denyAnswer(call, denial.reason ?? '') : toGuardAnswer(denial);
  }
  const title = STATUS_CODES[status] ?? 'Error';
  const plain = { type: 'about:blank', title, status, detail: title, error: title };
  return {
    kind: 'replace',
    status,
    headers: { ...allowedHeaders(call, headers), 'content-type': 'application/problem+json; charset=utf-8' },
    body: Buffer.from(JSON.stringify(plain)),
  };
}

/** Returns the refusal for a failure of the router; undefined if its status can be sent. */
function denialOfStatus(status: number): Denial | undefined {
  if (status >= 500) return deny('ERR_INTERNAL', { reason: `the router answered ${status}` });
  if (status < 400) return deny('ERR_INTERNAL', { reason: 'the router answered with a redirection' });
  if (status === 409) return deny('ERR_RESOURCE_EXISTS', { detail: 'the request conflicts with what is there' });
  if (status === 412) return deny('ERR_ETAG_MISMATCH');
  return status === 400 ? deny('ERR_VALIDATION') : undefined;
}

/** Returns the headers of a router's answer that a restricted caller can see. */
export function allowedHeaders({ guard }: Call, headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => ALLOWED.has(name) || guard.headers.has(name)));
}

/** Returns the ETag of a list, computed from the bytes that the caller receives. */
export function etagOf(body: Buffer): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
}

/** Parses the JSON of an answer; undefined if it is not JSON. */
export function parseJson({ body }: Pick<Captured, 'body'>): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
