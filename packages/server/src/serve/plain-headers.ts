import type { RequestHandler } from 'express';

/**
 * Changes two headers of every response: tells browsers not to guess the content type, and removes the header that
 * names the server software.
 */
export const plainHeaders: RequestHandler = function plainHeaders(_req, res, next) {
  res.removeHeader('X-Powered-By');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  next();
};
