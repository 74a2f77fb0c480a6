import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Request, Response } from 'express';
import { type AskedRequest, plainRequest, restoreRequest } from './plain-request.js';

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

/** State of a response that is held back: what the router has written so far, and what is restored at the end. */
export interface Interception {
  /** The router's response. Undefined if the client closed the connection before the router responded. */
  readonly answered: Promise<Captured | undefined>;
  /** Headers that were set before the router ran. */
  readonly before: HeaderLines;
  readonly req: Request;
  readonly res: Held;
  readonly asked: AskedRequest;
  /** Own properties of the response that have the name of a replaced function. Most responses have none. */
  readonly saved: readonly (readonly [name: string, descriptor: PropertyDescriptor])[];
  /** Interception of the same response by a guard that is mounted in front of this one. Undefined if there is none. */
  readonly outer: Interception | undefined;
  readonly chunks: Buffer[];
  readonly maxBytes: number;
  readonly graceMs: number;
  bytes: number;
  begun: boolean;
  ended: boolean;
  fault: string | undefined;
  readonly done: (answer: Captured | undefined) => void;
}

const HELD = Symbol('interception');

/** A response object whose content is held back. */
interface Held extends Response {
  /** All outgoing messages in Node have this method. The types declare it only for a client's requests. */
  getRawHeaderNames?(): string[];
  [HELD]?: Interception | undefined;
}

/**
 * Holds back the router's response, no matter which function the router sends it with. The response object gets own
 * properties that hide its functions, and `restore` deletes them. For a `HEAD` request, the router sees the method
 * `GET`.
 */
export function intercept(
  req: Request,
  res: Response,
  { maxBytes, graceMs }: { readonly maxBytes: number; readonly graceMs: number },
): Interception {
  const held: Held = res;
  const { promise, resolve } = deferred<Captured | undefined>();
  const interception: Interception = {
    answered: promise,
    before: headerLines(held),
    req,
    res: held,
    asked: plainRequest(req),
    saved: ownDescriptors(res),
    outer: held[HELD],
    chunks: [],
    maxBytes,
    graceMs,
    bytes: 0,
    begun: false,
    ended: false,
    fault: undefined,
    done: resolve,
  };
  res.on('close', awaitLateAnswer);
  held[HELD] = interception;
  putFunctions(held, interception.saved.length > 0);
  return interception;
}

/** Restores the functions and headers of request and response. */
export function restore({ req, res, asked, saved, outer }: Interception): void {
  res.removeListener('close', awaitLateAnswer);
  for (const name of WRAPPED) Reflect.deleteProperty(res, name);
  for (const [name, descriptor] of saved) Object.defineProperty(res, name, descriptor);
  if (outer === undefined) Reflect.deleteProperty(res, HELD);
  else res[HELD] = outer;
  restoreRequest(req, asked);
}

/**
 * Waits for the router's response after the client closed the connection, because a router often completes its response
 * even then.
 */
function awaitLateAnswer(this: Held): void {
  for (let held = this[HELD]; held !== undefined; held = held.outer) {
    setTimeout(held.done, held.graceMs, undefined).unref();
  }
}

/**
 * Functions that replace those of a response while the response is held back. All responses share these functions,
 * because creating functions for each response is slow.
 */
const FUNCTIONS = Object.freeze({
  writeHead,
  write,
  end,
  flushHeaders: begin,
  addTrailers,
  writeContinue: ignore,
  writeProcessing: ignore,
  writeEarlyHints: ignore,
});

const HEADERS_SENT: PropertyDescriptor = Object.freeze({ configurable: true, get: hasBegun });

const HELD_BACK: PropertyDescriptorMap = {
  ...Object.fromEntries(
    Object.entries(FUNCTIONS).map(([name, value]) => [
      name,
      { value, configurable: true, writable: true, enumerable: false },
    ]),
  ),
  headersSent: HEADERS_SENT,
};

const NAMES = [
  'writeHead',
  'write',
  'end',
  'flushHeaders',
  'addTrailers',
  'writeContinue',
  'writeProcessing',
  'writeEarlyHints',
] as const satisfies readonly (keyof typeof FUNCTIONS)[];

const WRAPPED: readonly string[] = [...NAMES, 'headersSent'];

function ownDescriptors(res: Response): Interception['saved'] {
  const own = WRAPPED.filter((name) => Object.hasOwn(res, name));
  return own.map((name) => [name, Object.getOwnPropertyDescriptor(res, name) ?? {}] as const);
}

/**
 * Replaces the functions of a response. Assigns the new functions if possible, because that is faster. Otherwise
 * defines them as properties: an assignment does not work if the host defined a setter or a constant of the same name.
 */
function putFunctions(res: Held, hasOwnFunctions: boolean): void {
  if (!hasOwnFunctions && assignFunctions(res)) Object.defineProperty(res, 'headersSent', HEADERS_SENT);
  else Object.defineProperties(res, HELD_BACK);
}

function assignFunctions(res: Held): boolean {
  try {
    Object.assign(res, FUNCTIONS);
  } catch {
    return false;
  }
  for (const name of NAMES) if (!Object.hasOwn(res, name) || res[name] !== FUNCTIONS[name]) return false;
  return true;
}

function headerLines(res: Held): HeaderLines {
  const names = res.getRawHeaderNames?.() ?? res.getHeaderNames();
  return names.map((name) => [name, res.getHeader(name) ?? ''] as const);
}

function writeHead(this: Held, status: number, ...rest: unknown[]): Response {
  begin.call(this);
  if (this.statusCode !== status) this.statusCode = status;
  applyHeaders(this, rest.at(-1));
  return this;
}

function write(this: Held, chunk: unknown, encoding: unknown, callback: unknown): boolean {
  const draft = this[HELD];
  if (draft === undefined || draft.ended) return false;
  beginOnce(this, draft);
  collect(draft, toBuffer(chunk, encoding, false));
  later(typeof encoding === 'function' ? encoding : callback);
  return true;
}

function end(this: Held, chunk: unknown, encoding: unknown, callback: unknown): Response {
  const draft = this[HELD];
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
function beginOnce(res: Held, draft: Interception): void {
  if (!draft.begun) res.writeHead(res.statusCode);
}

function collect(draft: Interception, bytes: Buffer | undefined): void {
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
  const draft = this[HELD];
  if (draft !== undefined) draft.begun = true;
}

function hasBegun(this: Held): boolean {
  return this[HELD]?.begun === true;
}

function addTrailers(this: Held): void {
  const draft = this[HELD];
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
