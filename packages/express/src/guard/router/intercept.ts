import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Request, Response } from 'express';

/** An answer the router gave, not yet sent. */
export interface Captured {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
  /** Why it must not be sent as it is: too large, a trailer. */
  readonly fault: string | undefined;
}

/** Names of headers as they were set, with their values. */
export type HeaderLines = readonly (readonly [name: string, value: number | string | readonly string[]])[];

/** A response in the guard's hands. */
export interface Interception {
  /** The router's answer; undefined when the caller went away before there was one. */
  readonly answered: Promise<Captured | undefined>;
  /** Headers as they were before the router. */
  readonly before: HeaderLines;
  /** Gives request and response their own functions and headers back. */
  restore(): void;
}

/**
 * Request headers that would make an answer depend on what it is compared with, encode it, or choose another kind,
 * language or part of it. The router is asked for the one kind of answer that can be judged.
 */
const NEGOTIATED = [
  'accept',
  'accept-charset',
  'accept-datetime',
  'accept-encoding',
  'accept-features',
  'accept-language',
  'accept-patch',
  'accept-profile',
  'accept-ranges',
  'a-im',
  'negotiate',
  'prefer',
  'range',
  'te',
  'upgrade',
  'want-content-digest',
  'want-digest',
  'want-repr-digest',
];
const CONDITIONAL = ['if-range', 'if-none-match', 'if-modified-since'];

/** Some hosts let these choose another method after the guard has judged this one. */
const OVERRIDES = ['x-http-method-override', 'x-http-method', 'x-method-override'];

const TAKEN_OFF: ReadonlySet<string> = new Set([...NEGOTIATED, ...CONDITIONAL, ...OVERRIDES]);
const TAKEN_OFF_READS: ReadonlySet<string> = new Set([...TAKEN_OFF, 'if-match', 'if-unmodified-since']);

const JSON_TYPE = 'application/json';

/** What has come so far. Changed by the functions put onto the response. */
interface Draft {
  readonly chunks: Buffer[];
  readonly maxBytes: number;
  bytes: number;
  begun: boolean;
  ended: boolean;
  fault: string | undefined;
  readonly done: (answer: Captured | undefined) => void;
}

const DRAFT = Symbol('draft');

/** A response whose answer is held back. */
interface Held extends Response {
  /** Node has it on every outgoing message, and its types on a client's request alone. */
  getRawHeaderNames?(): string[];
  [DRAFT]?: Draft;
}

/**
 * What stands over a response's own functions while its answer is held back. The same for all responses: functions
 * made for each would be most of what a guard costs.
 */
const HELD_BACK: PropertyDescriptorMap = {
  ...Object.fromEntries(
    Object.entries({
      writeHead,
      write,
      end,
      flushHeaders: begin,
      addTrailers,
      writeContinue: ignore,
      writeProcessing: ignore,
      writeEarlyHints: ignore,
    }).map(([name, value]) => [name, { value, configurable: true, writable: true, enumerable: false }]),
  ),
  headersSent: { configurable: true, get: hasBegun },
};

const WRAPPED = Object.keys(HELD_BACK);

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
  const held: Held = res;
  const before = headerLines(held);
  const outer = held[DRAFT];
  const saved = WRAPPED.filter((name) => Object.hasOwn(res, name)).map(
    (name) => [name, Object.getOwnPropertyDescriptor(res, name) ?? {}] as const,
  );
  const restoreRequest = plainRequest(req);
  const { promise, resolve } = deferred<Captured | undefined>();
  // A router often ends what it began although the caller went away.
  const onClose = () => void setTimeout(() => resolve(undefined), graceMs).unref();
  res.once('close', onClose);
  held[DRAFT] = { chunks: [], maxBytes, bytes: 0, begun: false, ended: false, fault: undefined, done: resolve };
  Object.defineProperties(res, HELD_BACK);
  return {
    answered: promise,
    before,
    restore() {
      res.removeListener('close', onClose);
      for (const name of WRAPPED) Reflect.deleteProperty(res, name);
      for (const [name, descriptor] of saved) Object.defineProperty(res, name, descriptor);
      if (outer === undefined) Reflect.deleteProperty(held, DRAFT);
      else held[DRAFT] = outer;
      restoreRequest();
    },
  };
}

function headerLines(res: Held): HeaderLines {
  const names = res.getRawHeaderNames?.() ?? res.getHeaderNames();
  return names.map((name) => [name, res.getHeader(name) ?? ''] as const);
}

/**
 * Methods that cannot be written: a router that writes another one would run a route that was not judged.
 *
 * The functions are the same for all requests. V8 writes them into the description of an object's shape on Node 24,
 * which only the slow collection takes away: a function made for one request would keep that request until then.
 */
const HELD_METHODS: ReadonlyMap<string, PropertyDescriptor> = new Map(
  ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => [method, heldMethod(method)]),
);

function heldMethod(method: string): PropertyDescriptor {
  return Object.freeze({ configurable: true, enumerable: true, get: () => method, set: ignore });
}

/** Takes headers off a request, asks for JSON, and holds its method; gives what puts them back. */
function plainRequest(req: Request): () => void {
  const { headers, rawHeaders, baseUrl } = req;
  const method = Object.getOwnPropertyDescriptor(req, 'method');
  const run = req.method === 'HEAD' ? 'GET' : req.method;
  const off = run === 'GET' ? TAKEN_OFF_READS : TAKEN_OFF;
  req.headers = headersWithout(headers, off);
  req.rawHeaders = linesWithout(rawHeaders, off);
  Object.defineProperty(req, 'method', HELD_METHODS.get(run) ?? heldMethod(run));
  return () => {
    req.headers = headers;
    req.rawHeaders = rawHeaders;
    // Where no route answered, Express has put the request back as it was before the app: without a mount.
    if (req.baseUrl === undefined) req.baseUrl = baseUrl;
    if (method === undefined) Reflect.deleteProperty(req, 'method');
    else Object.defineProperty(req, 'method', method);
  };
}

function headersWithout(headers: IncomingHttpHeaders, off: ReadonlySet<string>): IncomingHttpHeaders {
  const kept: IncomingHttpHeaders = {};
  for (const name of Object.keys(headers)) if (!off.has(name)) kept[name] = headers[name];
  kept.accept = JSON_TYPE;
  return kept;
}

function linesWithout(lines: readonly string[], off: ReadonlySet<string>): string[] {
  const kept = ['Accept', JSON_TYPE];
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const name = lines[at] ?? '';
    if (!off.has(name.toLowerCase())) kept.push(name, lines[at + 1] ?? '');
  }
  return kept;
}

function writeHead(this: Held, status: number, ...rest: unknown[]): Response {
  begin.call(this);
  this.statusCode = status;
  applyHeaders(this, rest.at(-1));
  return this;
}

function write(this: Held, chunk: unknown, encoding: unknown, callback: unknown): boolean {
  const draft = this[DRAFT];
  if (draft === undefined || draft.ended) return false;
  beginOnce(this, draft);
  collect(draft, toBuffer(chunk, encoding, false));
  later(typeof encoding === 'function' ? encoding : callback);
  return true;
}

function end(this: Held, chunk: unknown, encoding: unknown, callback: unknown): Response {
  const draft = this[DRAFT];
  if (draft === undefined || draft.ended) return this;
  beginOnce(this, draft);
  draft.ended = true;
  if (typeof chunk !== 'function') collect(draft, toBuffer(chunk, encoding, true));
  const done = [chunk, encoding, callback].find((each) => typeof each === 'function');
  if (done !== undefined) this.once('finish', () => later(done));
  draft.done({ status: this.statusCode, headers: this.getHeaders(), body: joined(draft.chunks), fault: draft.fault });
  return this;
}

/** Middleware behind the guard may have put its own `writeHead` over ours, to hear of the headers. */
function beginOnce(res: Held, draft: Draft): void {
  if (!draft.begun) res.writeHead(res.statusCode);
}

function collect(draft: Draft, bytes: Buffer | undefined): void {
  if (bytes === undefined || draft.fault !== undefined) return;
  draft.bytes += bytes.byteLength;
  if (draft.bytes > draft.maxBytes) {
    draft.fault = 'the answer is too large';
    draft.chunks.length = 0;
    return;
  }
  draft.chunks.push(bytes);
}

function begin(this: Held): void {
  const draft = this[DRAFT];
  if (draft !== undefined) draft.begun = true;
}

function hasBegun(this: Held): boolean {
  return this[DRAFT]?.begun === true;
}

function addTrailers(this: Held): void {
  const draft = this[DRAFT];
  if (draft !== undefined) draft.fault ??= 'the answer has trailers';
}

function ignore(): undefined {
  return undefined;
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

/** A router may use the memory of a chunk again for the next one; that of the last is not its own any more. */
function toBuffer(chunk: unknown, encoding: unknown, isLast: boolean): Buffer | undefined {
  if (typeof chunk === 'string') {
    return Buffer.from(chunk, typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8');
  }
  if (isLast && chunk instanceof Buffer) return chunk;
  return chunk instanceof Uint8Array ? Buffer.from(chunk) : undefined;
}

/** One chunk alone needs no copy. */
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
