import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { assertKnownOptions } from '@flairgate/core/internal';
import type { RequestHandler } from 'express';
import { flag, optionObject } from '../options.js';

/** Options of {@link createRequestIds}. */
export interface RequestIdOptions {
  /**
   * True if a request without an id gets a random id. If false, only ids that callers send are used, so that the same
   * refusal always consists of the same bytes.
   * @default false
   */
  readonly generate?: boolean;
}

/** Ids that identify a request in logs and traces. Callers choose these ids, so the ids prove nothing. */
export interface RequestId {
  /**
   * The caller's `X-Request-Id`. If that header is missing, the id of the caller's trace. If there is no trace either,
   * a random id.
   */
  readonly id: string;
  /** The caller's `traceparent`, if it is well formed. */
  readonly traceparent?: string;
}

/**
 * Matches request ids. Allows only characters that may occur in URLs, so that an id cannot break a log line or a
 * header.
 */
const ID = /^[\w.~+/=@:-]{1,128}$/;
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

const ids = new WeakMap<IncomingMessage, RequestId>();

/**
 * Creates the middleware that reads a request's id from `X-Request-Id` or, if that is missing, from `traceparent`. The
 * id is sent back as `X-Request-Id` and as the member `instance` of problem documents. A malformed header is ignored.
 *
 * Mount it first. The events of `flairgate:denied` and `flairgate:fault` also contain the id.
 *
 * @throws OptionError for an unknown option.
 *
 * @example
 * app.use(createRequestIds({ generate: true }));
 * @see RFC 9457 §3.1.5, W3C Trace Context §3.2
 */
export function createRequestIds(options?: RequestIdOptions): RequestHandler {
  const given = optionObject('createRequestIds', options);
  assertKnownOptions('createRequestIds', given, ['generate']);
  const generate = flag('createRequestIds.generate', given.generate);
  return function takeRequestId(req, res, next) {
    const found = sentId(req) ?? (generate ? { id: randomUUID() } : undefined);
    if (found !== undefined) keepId(req, res, found);
    next();
  };
}

/**
 * Returns the ids of a request. Returns undefined if `createRequestIds` has not run before, or found no id.
 *
 * @example
 * const id = findRequestId(req)?.id;
 */
export function findRequestId(req: IncomingMessage): RequestId | undefined {
  return ids.get(req);
}

function keepId(req: IncomingMessage, res: ServerResponse, found: RequestId): void {
  ids.set(req, Object.freeze(found));
  res.setHeader('X-Request-Id', found.id);
  if (found.traceparent !== undefined) res.setHeader('traceparent', found.traceparent);
}

function sentId({ headers }: IncomingMessage): RequestId | undefined {
  const traceparent = textOf(headers.traceparent, TRACEPARENT);
  // Node joins the values of a repeated header with a comma, which no id contains.
  const id = textOf(headers['x-request-id'], ID) ?? traceparent?.split('-')[1];
  return id === undefined ? undefined : { id, ...(traceparent === undefined ? {} : { traceparent }) };
}

function textOf(given: string | readonly string[] | undefined, form: RegExp): string | undefined {
  return typeof given === 'string' && form.test(given) ? given : undefined;
}
