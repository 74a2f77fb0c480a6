import { DeniedError } from '@flairgate/core';
import type { RequestHandler } from 'express';
import { denyFields } from '../route/fields.js';

const TWO_HOSTS = denyFields([{ field: 'Host', message: 'must be sent once' }]);

/**
 * Refuses a request with several `Host` headers, because a proxy could use one of them and this service another one.
 *
 * @see RFC 9112 section 3.2
 */
export const oneHost: RequestHandler = function oneHost(req, _res, next) {
  const rawHeaders: readonly string[] = req.rawHeaders ?? [];
  let lines = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') lines += 1;
  }
  if (lines > 1) next(new DeniedError(TWO_HOSTS));
  else next();
};
