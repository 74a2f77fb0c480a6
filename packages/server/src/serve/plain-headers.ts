import type { RequestHandler } from 'express';

/** Sets headers of every answer: browsers must not guess its type, and it does not name the software. */
export const plainHeaders: RequestHandler = function plainHeaders(_req, res, next) {
  res.removeHeader('X-Powered-By');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  next();
};
