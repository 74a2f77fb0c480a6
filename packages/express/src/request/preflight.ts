import type { ServerResponse } from 'node:http';
import type { Request, Response } from 'express';

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const MAX_AGE_SECONDS = 600;

/**
 * Matches a list of header names. The list contains no character that could end the line or start a different header.
 */
const HEADER_NAMES = /^[\w!#$%&'*+.^`|~-]+(?:[\t ]*,[\t ]*[\w!#$%&'*+.^`|~-]+)*$/;
const MAX_HEADER_NAMES = 4096;

/** Headers of a refusal that a web page may read if the host allows the page's origin. */
export const EXPOSED_HEADERS = ['WWW-Authenticate', 'Retry-After', 'RateLimit', 'RateLimit-Policy'] as const;

/**
 * True for a CORS preflight, which never carries a credential.
 *
 * @see WHATWG Fetch, "CORS-preflight request"
 */
export function isPreflight(req: Request): boolean {
  return (
    req.method === 'OPTIONS' &&
    req.headers.origin !== undefined &&
    req.headers['access-control-request-method'] !== undefined
  );
}

/**
 * Sends the response to a preflight. No handler runs.
 *
 * The response allows any origin and any headers, because a page without a key gains nothing. The host's CORS headers
 * on the later response decide whether a page can read that response.
 */
export function sendPreflight(req: Request, res: Response): void {
  res.statusCode = 204;
  res.setHeader('Access-Control-Allow-Origin', '*');
  res.setHeader('Access-Control-Allow-Methods', METHODS);
  res.setHeader('Access-Control-Max-Age', MAX_AGE_SECONDS);
  res.appendHeader('Vary', 'Access-Control-Request-Headers');
  const asked = req.headers['access-control-request-headers'];
  if (asked !== undefined && asked.length <= MAX_HEADER_NAMES && HEADER_NAMES.test(asked)) {
    res.setHeader('Access-Control-Allow-Headers', asked);
  }
  res.end();
}

/**
 * Lets a web page read the headers of a refusal if the host allows the page's origin to read the response. Header names
 * that the host already exposes are kept.
 */
export function exposeDenialHeaders(res: ServerResponse): void {
  if (!res.hasHeader('Access-Control-Allow-Origin')) return;
  const host = String(res.getHeader('Access-Control-Expose-Headers') ?? '');
  const names = host.split(',').map((name) => name.trim());
  if (names.includes('*')) return;
  const known = new Set(names.map((name) => name.toLowerCase()));
  const exposed = res.hasHeader('X-Request-Id') ? [...EXPOSED_HEADERS, 'X-Request-Id'] : EXPOSED_HEADERS;
  const added = exposed.filter((name) => !known.has(name.toLowerCase()));
  res.setHeader('Access-Control-Expose-Headers', [...names.filter((name) => name !== ''), ...added].join(', '));
}
