import type { RequestHandler } from 'express';

/** Headers of every answer: browsers must not guess what it is, and nobody needs to know what made it. */
export const plainHeaders: RequestHandler = function plainHeaders(_req, res, next) {
  res.removeHeader('X-Powered-By');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  next();
};
