import type { RequestHandler } from 'express';

/**
 * Sets headers of every response: forbids browsers from guessing the content type, and removes the header that names
 * the software.
 */
export const plainHeaders: RequestHandler = function plainHeaders(_req, res, next) {
  res.removeHeader('X-Powered-By');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  next();
};
