import { DeniedError } from '@flairgate/core';
import type { RequestHandler } from 'express';
import { denyFields } from '../route/fields.js';

/** Options of {@link rootPage}. */
export interface RootPageOptions {
  /** True if the exchange accepts secrets in the query. */
  readonly allowGetExchange: boolean;
  /** True if the console is served. */
  readonly console: boolean;
}

/**
 * Creates the handler for `GET /`. This path also serves the exchange, whose requests have a query. A request without a
 * query is redirected to the console, if the console is served. A request whose query has no `secret` is refused before
 * the store is read.
 *
 * A request with a query is never redirected, because the query may contain a secret.
 */
export function rootPage({ allowGetExchange, console }: RootPageOptions): RequestHandler {
  return function handleRoot(req, res, next) {
    const [path = '', ...query] = req.originalUrl.split('?');
    if (query.length === 0 && console) {
      res.statusCode = 302;
      res.setHeader('Cache-Control', 'no-store');
      res.setHeader('Location', `${path.slice(path.lastIndexOf('/') + 1) || '.'}/console/`);
      res.end();
    } else if (query.length === 0) {
      next('router');
    } else if (!new URLSearchParams(query.join('?')).has('secret')) {
      next(new DeniedError(denyFields([{ field: 'secret', message: 'is required: this address exchanges keys' }])));
    } else if (allowGetExchange) {
      next();
    } else {
      const message = 'must be sent in the body: addresses are written into logs';
      next(new DeniedError(denyFields([{ field: 'secret', message }])));
    }
  };
}
