import { hash } from 'node:crypto';
import type { Request, Response } from 'express';
import type { PublicDocument } from './define-route.js';

/**
 * Sends a successful response: status 200 and JSON. Caches may store the response only if `document` is given, which
 * means that the response is a public document.
 *
 * A public document has an ETag. A request whose `If-None-Match` contains this ETag gets a 304 response instead.
 */
export function sendAnswer(req: Request, res: Response, value: unknown, document: PublicDocument | undefined): void {
  const text = JSON.stringify(value);
  res.statusCode = 200;
  res.setHeader('Content-Type', document?.mediaType ?? 'application/json; charset=utf-8');
  if (document !== undefined) {
    res.setHeader('Cache-Control', cacheControl(document));
    if (document.anyOrigin === true) res.setHeader('Access-Control-Allow-Origin', '*');
    res.setHeader('ETag', `"${hash('sha256', text, 'base64url').slice(0, 22)}"`);
    if (req.fresh) {
      res.statusCode = 304;
      res.removeHeader('Content-Type');
      res.end();
      return;
    }
  } else if (!res.hasHeader('Cache-Control')) {
    res.setHeader('Cache-Control', 'no-store');
  }
  res.setHeader('Content-Length', Buffer.byteLength(text));
  res.end(req.method === 'HEAD' ? undefined : text);
}

function cacheControl({ maxAgeSeconds, immutable = false }: PublicDocument): string {
  return `public, max-age=${maxAgeSeconds}${immutable ? ', immutable' : ''}`;
}
