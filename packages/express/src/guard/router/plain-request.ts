import type { IncomingHttpHeaders } from 'node:http';
import type { Request } from 'express';

/**
 * Request headers that ask for a certain content type, encoding, language or byte range. These headers and the
 * conditional ones are hidden from the router, because only complete, unencoded JSON can be checked.
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

/**
 * Headers that make some hosts replace the request's method. They are hidden from the router, because the method would
 * be replaced after the guard has checked it.
 */
const OVERRIDES = ['x-http-method-override', 'x-http-method', 'x-method-override'];

const TAKEN_OFF: ReadonlySet<string> = new Set([...NEGOTIATED, ...CONDITIONAL, ...OVERRIDES]);
const TAKEN_OFF_READS: ReadonlySet<string> = new Set([...TAKEN_OFF, 'if-match', 'if-unmodified-since']);

const JSON_TYPE = 'application/json';

/**
 * Property descriptors that make `req.method` constant. A router that changed the method would run an unchecked route.
 *
 * All requests share the functions in these descriptors. Node 24 keeps such functions until a major garbage collection,
 * so a function created for one request would keep that request in memory.
 */
const HELD_METHODS: ReadonlyMap<string, PropertyDescriptor> = new Map(
  ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => [method, heldMethod(method)]),
);

function heldMethod(method: string): PropertyDescriptor {
  return Object.freeze({ configurable: true, enumerable: true, get: () => method, set: ignore });
}

/** Properties of a request before it was changed for the router. */
export interface AskedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: string[];
  readonly baseUrl: string;
  readonly method: PropertyDescriptor | undefined;
}

/**
 * Removes headers from a request, makes the request accept only JSON, and makes its method constant. Returns the
 * original properties, which {@link restoreRequest} needs.
 */
export function plainRequest(req: Request): AskedRequest {
  const { headers, rawHeaders, baseUrl } = req;
  const method = Object.getOwnPropertyDescriptor(req, 'method');
  const run = req.method === 'HEAD' ? 'GET' : req.method;
  const off = run === 'GET' ? TAKEN_OFF_READS : TAKEN_OFF;
  req.headers = headersWithout(headers, off);
  // Adapters leave `rawHeaders` empty. Then the router reads `headers`.
  if (rawHeaders?.length > 0) req.rawHeaders = linesWithout(rawHeaders, off);
  Object.defineProperty(req, 'method', HELD_METHODS.get(run) ?? heldMethod(run));
  return { headers, rawHeaders, baseUrl, method };
}

/** Restores a request that was changed by {@link plainRequest}. */
export function restoreRequest(req: Request, { headers, rawHeaders, baseUrl, method }: AskedRequest): void {
  req.headers = headers;
  req.rawHeaders = rawHeaders;
  // If no route matched, Express has already reset the request to its state before the app, without a mount path.
  if (req.baseUrl === undefined) req.baseUrl = baseUrl;
  if (method === undefined) Reflect.deleteProperty(req, 'method');
  else Object.defineProperty(req, 'method', method);
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

function ignore(): undefined {
  return undefined;
}
