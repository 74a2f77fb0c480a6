import type { Request, Response } from 'express';

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const HEADERS = 'x-api-key, authorization, content-type, if-match, if-none-match, idempotency-key, x-idempotent-key';
const MAX_AGE_SECONDS = 600;

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
 * Sends the answer to a preflight; no handler runs.
 *
 * Any origin is allowed to send requests with these headers, since a page without a key gains nothing. The CORS headers
 * of the host on the answer itself decide whether a page can read it.
 */
export function sendPreflight(res: Response): void {
  res.statusCode = 204;
  res.setHeader('Access-Control-Allow-Origin', '*');
  res.setHeader('Access-Control-Allow-Methods', METHODS);
  res.setHeader('Access-Control-Allow-Headers', HEADERS);
  res.setHeader('Access-Control-Max-Age', MAX_AGE_SECONDS);
  res.end();
}
