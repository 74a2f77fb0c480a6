import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Request, Response } from 'express';

/** A response of the router that has not been sent. */
export interface Captured {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
  /** Reason why the response must not be sent: it is too large, or it has trailers. */
  readonly fault: string | undefined;
}

/** Headers with their values. The names are in the letter case in which they were set. */
export type HeaderLines = readonly (readonly [name: string, value: number | string | readonly string[]])[];

/** Handle for a router's response that the guard holds back. */
export interface Interception {
  /** The router's response. Undefined if the client closed the connection before the router responded. */
  readonly answered: Promise<Captured | undefined>;
  /** Headers that were set before the router ran. */
  readonly before: HeaderLines;
  /** Restores the functions and headers of request and response. */
  restore(): void;
}

/**
 * Request headers that make a response conditional or encoded, or that ask for a certain content type, language or byte
 * range. They are hidden from the router, because only complete, unencoded JSON can be checked.
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

/** Headers with which some hosts replace the method, which would happen after the guard has checked the method. */
const OVERRIDES = ['x-http-method-override', 'x-http-method', 'x-method-override'];

const TAKEN_OFF: ReadonlySet<string> = new Set([...NEGOTIATED, ...CONDITIONAL, ...OVERRIDES]);
const TAKEN_OFF_READS: ReadonlySet<string> = new Set([...TAKEN_OFF, 'if-match', 'if-unmodified-since']);

const JSON_TYPE = 'application/json';

/** The part of a response that has been written so far. The functions in `HELD_BACK` update it. */
interface AnswerDraft {
  readonly chunks: Buffer[];
  readonly maxBytes: number;
  bytes: number;
  begun: boolean;
  ended: boolean;
  fault: string | undefined;
  readonly done: (answer: Captured | undefined) => void;
}

const DRAFT = Symbol('draft');

/** A response object whose content is held back. */
interface Held extends Response {
  /** All outgoing messages in Node have this method. The types declare it only for a client's requests. */
  getRawHeaderNames?(): string[];
  [DRAFT]?: AnswerDraft;
}

/** Functions that replace a response's own while it is held back. Shared, because creating them each time is slow. */
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
 * Holds back the router's response, however it is sent. Defines own properties on this response object that hide its
 * functions, and deletes them later. A `HEAD` request runs as `GET`.
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
  // Waits, because a router often completes its response even if the client has closed the connection.
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
 * Property descriptors that make `req.method` constant. A router that changed the method would run an unchecked route.
 *
 * All requests share the functions. Node 24 keeps functions of property descriptors until a major garbage collection,
 * so a function created for one request would keep that request in memory.
 */
const HELD_METHODS: ReadonlyMap<string, PropertyDescriptor> = new Map(
  ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => [method, heldMethod(method)]),
);

function heldMethod(method: string): PropertyDescriptor {
  return Object.freeze({ configurable: true, enumerable: true, get: () => method, set: ignore });
}

/**
 * Removes headers from a request, makes it accept only JSON, and makes its method constant. Returns the undo function.
 */
function plainRequest(req: Request): () => void {
  const { headers, rawHeaders, baseUrl } = req;
  const method = Object.getOwnPropertyDescriptor(req, 'method');
  const run = req.method === 'HEAD' ? 'GET' : req.method;
  const off = run === 'GET' ? TAKEN_OFF_READS : TAKEN_OFF;
  req.headers = headersWithout(headers, off);
  // Adapters leave `rawHeaders` empty. Then the router reads `headers`.
  if (rawHeaders?.length > 0) req.rawHeaders = linesWithout(rawHeaders, off);
  Object.defineProperty(req, 'method', HELD_METHODS.get(run) ?? heldMethod(run));
  return () => {
    req.headers = headers;
    req.rawHeaders = rawHeaders;
    // If no route matched, Express has already reset the request to its state before the app, without a mount path.
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

/**
 * Calls `writeHead` at the first write, because middleware behind the guard may have replaced `writeHead` to run its
 * own code before the headers are sent.
 */
function beginOnce(res: Held, draft: AnswerDraft): void {
  if (!draft.begun) res.writeHead(res.statusCode);
}

function collect(draft: AnswerDraft, bytes: Buffer | undefined): void {
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

/** Sets the headers passed to `writeHead`: an object, a flat list of names and values, or a list of pairs. */
export function applyHeaders(res: ServerResponse, given: unknown): void {
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

/** Converts a chunk to bytes. All chunks except the last are copied, because a router may reuse their memory. */
function toBuffer(chunk: unknown, encoding: unknown, isLast: boolean): Buffer | undefined {
  if (typeof chunk === 'string') {
    return Buffer.from(chunk, typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8');
  }
  if (isLast && chunk instanceof Buffer) return chunk;
  return chunk instanceof Uint8Array ? Buffer.from(chunk) : undefined;
}

/** Joins chunks. A single chunk needs no copy. */
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
