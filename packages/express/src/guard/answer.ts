import { hash } from 'node:crypto';
import { type OutgoingHttpHeaders, STATUS_CODES } from 'node:http';
import { type Denial, deny } from '@flairgate/core';
import { type Call, report } from './call.js';
import { type GuardAnswer, toGuardAnswer } from './guard-answer.js';
import { isOfOne } from './route-table.js';
import type { Captured } from './router/intercept.js';

/**
 * Headers of the router's response that a restricted caller may see. A restricted caller is one from whom the guard may
 * have to hide something.
 */
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

/** Returns the refusal that replaces a response which cannot be checked. No byte of that response is sent. */
export function denyAnswer(call: Call, reason: string): GuardAnswer {
  report(call, 'refuse', reason);
  return toGuardAnswer(deny('ERR_INTERNAL', { reason }));
}

/**
 * Returns the reason why a response cannot be checked, or undefined if the response can be checked. Reads only the
 * response's status, headers and length.
 */
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
 * Returns the response to send if the router's response reports a failure. A missing resource gets the guard's own 404
 * response. For any other failure, an unrestricted caller gets the router's response unchanged. A restricted caller
 * gets a refusal by the guard, or only the status and the allowed headers of the router's response.
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

/**
 * Returns the refusal that a restricted caller gets in place of the router's failure response. Returns undefined if the
 * caller may see the router's own status.
 */
function denialOfStatus(status: number): Denial | undefined {
  if (status >= 500) return deny('ERR_INTERNAL', { reason: `the router answered ${status}` });
  if (status < 400) return deny('ERR_INTERNAL', { reason: 'the router answered with a redirection' });
  if (status === 409) return deny('ERR_RESOURCE_EXISTS', { detail: 'the request conflicts with what is there' });
  if (status === 412) return deny('ERR_ETAG_MISMATCH');
  return status === 400 ? deny('ERR_VALIDATION') : undefined;
}

/** Returns the headers of the router's response that a restricted caller may see. */
export function allowedHeaders({ guard }: Call, headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => ALLOWED.has(name) || guard.headers.has(name)));
}

/** Returns an ETag for a list, computed from the bytes that the caller receives. */
export function etagOf(body: Buffer): string {
  return `"${hash('sha256', body, 'base64url').slice(0, 27)}"`;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Parses the body of a response as JSON. Returns undefined if the body is not JSON. */
export function parseJson({ body }: Pick<Captured, 'body'>): unknown {
  try {
    return JSON.parse(UTF8.decode(body));
  } catch {
    return undefined;
  }
}
