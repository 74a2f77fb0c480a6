import type { Request, Response } from 'express';

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const HEADERS = 'x-api-key, authorization, content-type, if-match, if-none-match, idempotency-key, x-idempotent-key';
const MAX_AGE_SECONDS = 600;

/**
 * True if a request is a CORS preflight, which never carries a credential.
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
 * Answers a preflight and ends it there: no handler runs.
 *
 * Any origin may send requests with our headers, since a page that has no key gains nothing. Whether a page may
 * read the answer is said by the host's own CORS headers on the answer.
 */
export function sendPreflight(res: Response): void {
  res.statusCode = 204;
  res.setHeader('Access-Control-Allow-Origin', '*');
  res.setHeader('Access-Control-Allow-Methods', METHODS);
  res.setHeader('Access-Control-Allow-Headers', HEADERS);
  res.setHeader('Access-Control-Max-Age', MAX_AGE_SECONDS);
  res.end();
}
