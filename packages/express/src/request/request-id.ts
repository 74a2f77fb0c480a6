import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { assertKnownOptions } from '@flairgate/core/internal';
import type { RequestHandler } from 'express';
import { flag, optionObject } from '../options.js';

/** Options of {@link createRequestIds}. */
export interface RequestIdOptions {
  /**
   * True if a request without an id gets a random one. Otherwise only ids that callers send are used, so that two
   * refusals of one caller stay equal in every byte.
   * @default false
   */
  readonly generate?: boolean;
}

/** Ids by which a request is found in logs and traces. Callers choose them: they prove nothing. */
export interface RequestId {
  /** `X-Request-Id` of the caller, else the id of its trace, else a random one. */
  readonly id: string;
  /** `traceparent` of the caller, if it is well formed. */
  readonly traceparent?: string;
}

/** Letters and signs of a URL, so that no line of a log and no header is broken. */
const ID = /^[\w.~+/=@:-]{1,128}$/;
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

const ids = new WeakMap<IncomingMessage, RequestId>();

/**
 * Creates the middleware that takes over the id of a request from `X-Request-Id`, else from `traceparent`. It is sent
 * back as `X-Request-Id`, and is the member `instance` of problem documents. A header of another form is ignored.
 *
 * Mount it first. The events of `flairgate:denied` and `flairgate:fault` have the id too.
 *
 * @throws OptionError for an unknown option.
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
 * Returns the ids of a request, if a `createRequestIds` is mounted before and found one.
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
  // Node joins two lines with a comma, which no id has.
  const id = textOf(headers['x-request-id'], ID) ?? traceparent?.split('-')[1];
  return id === undefined ? undefined : { id, ...(traceparent === undefined ? {} : { traceparent }) };
}

function textOf(given: string | readonly string[] | undefined, form: RegExp): string | undefined {
  return typeof given === 'string' && form.test(given) ? given : undefined;
}
