import { DeniedError, deny } from '@flairgate/core';
import express, { type Express, type RequestHandler } from 'express';
import type { Service } from '../create-service.js';
import { plainHeaders } from './plain-headers.js';

/**
 * Creates the Express app of a service. A request goes to the service's routes first, and then to the given middleware.
 *
 * Every refusal is sent as a problem document (RFC 9457), as are errors for unknown paths and failures. The app trusts
 * only the proxies in the option `trustProxy` of `createService`. By default, it trusts none.
 *
 * @example
 * const service = await createService({ store, issuer, audience });
 * serviceApp(service, express.static('public')).listen(8787, '127.0.0.1');
 */
export function serviceApp(
  { router, gate }: Pick<Service, 'router' | 'gate'>,
  ...more: readonly RequestHandler[]
): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(plainHeaders, router, ...more, sendNotFound);
  app.use(gate.errorHandler());
  return app;
}

const sendNotFound: RequestHandler = function sendNotFound(_req, _res, next) {
  next(new DeniedError(deny('ERR_NOT_FOUND')));
};
