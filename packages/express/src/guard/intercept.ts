import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Request, Response } from 'express';

/** An answer the router gave, not yet sent. */
export interface Captured {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
  /** Why it must not be sent as it is: too large, a trailer. */
  readonly fault: string | undefined;
}

/** A response in the guard's hands. */
export interface Interception {
  /** The router's answer; undefined when the caller went away before there was one. */
  readonly answered: Promise<Captured | undefined>;
  /** Headers as they were before the router. */
  readonly headers: OutgoingHttpHeaders;
  /** Gives request and response their own functions and headers back. */
  restore(): void;
}

/** Request headers that would make an answer depend on what it is compared with, or encode it. */
const CONDITIONAL = ['accept-encoding', 'range', 'if-range', 'if-none-match', 'if-modified-since', 'te', 'upgrade'];

/** Some hosts let these choose another method after the guard has judged this one. */
const OVERRIDES = ['x-http-method-override', 'x-http-method', 'x-method-override'];

const TAKEN_OFF: ReadonlySet<string> = new Set([...CONDITIONAL, ...OVERRIDES]);
const TAKEN_OFF_READS: ReadonlySet<string> = new Set([...TAKEN_OFF, 'if-match', 'if-unmodified-since']);

const WRAPPED = [
  'writeHead',
  'write',
  'end',
  'flushHeaders',
  'addTrailers',
  'writeContinue',
  'writeProcessing',
  'writeEarlyHints',
  'headersSent',
] as const;

/** What has come so far. Changed by the functions put onto the response. */
interface Draft {
  readonly chunks: Buffer[];
  bytes: number;
  begun: boolean;
  fault: string | undefined;
  done: (answer: Captured | undefined) => void;
}

/**
 * Holds back whatever the router answers, by `json`, `send`, `end`, `write`, a stream or a file.
 *
 * Puts own properties over the functions of this one response and takes them away again; `HEAD` is run as `GET`.
 */
export function intercept(
  req: Request,
  res: Response,
  { maxBytes, graceMs }: { readonly maxBytes: number; readonly graceMs: number },
): Interception {
  const headers = res.getHeaders();
  const saved = WRAPPED.map((name) => [name, Object.getOwnPropertyDescriptor(res, name)] as const);
  const restoreRequest = plainRequest(req);
  const { promise, resolve } = deferred<Captured | undefined>();
  const draft: Draft = { chunks: [], bytes: 0, begun: false, fault: undefined, done: resolve };
  // A router often ends what it began although the caller went away.
  const onClose = () => void setTimeout(() => resolve(undefined), graceMs).unref();
  res.once('close', onClose);
  wrap(res, draft, maxBytes);
  return {
    answered: promise,
    headers,
    restore() {
      res.removeListener('close', onClose);
      for (const [name, descriptor] of saved) {
        Reflect.deleteProperty(res, name);
        if (descriptor !== undefined) Object.defineProperty(res, name, descriptor);
      }
      restoreRequest();
    },
  };
}

/** Takes headers off a request, and holds its method; gives what puts them back. */
function plainRequest(req: Request): () => void {
  const { headers, rawHeaders } = req;
  const method = Object.getOwnPropertyDescriptor(req, 'method');
  const run = req.method === 'HEAD' ? 'GET' : req.method;
  const off = run === 'GET' ? TAKEN_OFF_READS : TAKEN_OFF;
  req.headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !off.has(name)));
  req.rawHeaders = rawHeaders.filter((_, at) => !off.has((rawHeaders[at - (at % 2)] ?? '').toLowerCase()));
  // A router that writes another method here would run a route that was not judged.
  Object.defineProperty(req, 'method', { configurable: true, enumerable: true, get: () => run, set: () => undefined });
  return () => {
    req.headers = headers;
    req.rawHeaders = rawHeaders;
    Reflect.deleteProperty(req, 'method');
    if (method !== undefined) Object.defineProperty(req, 'method', method);
  };
}

function wrap(res: Response, draft: Draft, maxBytes: number): void {
  let ended = false;
  const collect = (chunk: unknown, encoding: unknown): void => {
    const bytes = toBuffer(chunk, encoding);
    if (bytes === undefined || draft.fault !== undefined) return;
    draft.bytes += bytes.byteLength;
    if (draft.bytes > maxBytes) {
      draft.fault = 'the answer is too large';
      draft.chunks.length = 0;
      return;
    }
    draft.chunks.push(bytes);
  };
  const writeHead = (status: number, ...rest: unknown[]): Response => {
    draft.begun = true;
    res.statusCode = status;
    applyHeaders(res, rest.at(-1));
    return res;
  };
  const begin = (): void => {
    // Middleware behind the guard may have put its own `writeHead` over ours, to hear of the headers.
    if (!draft.begun) res.writeHead(res.statusCode);
  };
  define(res, 'writeHead', writeHead);
  define(res, 'write', (chunk: unknown, encoding: unknown, callback: unknown) => {
    if (ended) return false;
    begin();
    collect(chunk, encoding);
    later(typeof encoding === 'function' ? encoding : callback);
    return true;
  });
  define(res, 'end', (chunk: unknown, encoding: unknown, callback: unknown) => {
    if (ended) return res;
    begin();
    ended = true;
    if (typeof chunk !== 'function') collect(chunk, encoding);
    const done = [chunk, encoding, callback].find((each) => typeof each === 'function');
    if (done !== undefined) res.once('finish', () => later(done));
    const { statusCode: status } = res;
    draft.done({ status, headers: res.getHeaders(), body: joined(draft.chunks), fault: draft.fault });
    return res;
  });
  wrapRest(res, draft);
}

function wrapRest(res: Response, draft: Draft): void {
  const begin = () => {
    draft.begun = true;
  };
  define(res, 'flushHeaders', begin);
  for (const name of ['writeContinue', 'writeProcessing', 'writeEarlyHints']) define(res, name, () => undefined);
  define(res, 'addTrailers', () => {
    draft.fault ??= 'the answer has trailers';
  });
  Object.defineProperty(res, 'headersSent', { configurable: true, get: () => draft.begun });
}

function define(res: ServerResponse, name: string, value: unknown): void {
  Object.defineProperty(res, name, { value, configurable: true, writable: true, enumerable: false });
}

/** Sets what `writeHead` was given: an object, a flat list of names and values, or a list of pairs. */
function applyHeaders(res: ServerResponse, given: unknown): void {
  if (typeof given !== 'object' || given === null) return;
  if (!Array.isArray(given)) {
    for (const [name, value] of Object.entries(given)) setOne(res, name, value);
    return;
  }
  const list: readonly unknown[] = given;
  const flat = list.every((each) => Array.isArray(each)) ? list.flat() : list;
  for (let at = 0; at + 1 < flat.length; at += 2) setOne(res, String(flat[at]), flat[at + 1]);
}

function setOne(res: ServerResponse, name: string, value: unknown): void {
  if (typeof value === 'string' || typeof value === 'number') res.setHeader(name, value);
  else if (Array.isArray(value)) res.setHeader(name, value.map(String));
}

function toBuffer(chunk: unknown, encoding: unknown): Buffer | undefined {
  if (typeof chunk === 'string') {
    return Buffer.from(chunk, typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8');
  }
  return chunk instanceof Uint8Array ? Buffer.from(chunk) : undefined;
}

/** The chunks are copies already, so one alone needs no other. */
function joined(chunks: readonly Buffer[]): Buffer {
  const [only, ...others] = chunks;
  return only !== undefined && others.length === 0 ? only : Buffer.concat(chunks);
}

function later(callback: unknown): void {
  if (typeof callback === 'function') process.nextTick(() => void Reflect.apply(callback, undefined, []));
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
