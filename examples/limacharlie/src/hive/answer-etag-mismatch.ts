import { DeniedError, deny, respond } from '@flairgate/core';
import type { ErrorRequestHandler } from 'express';

/** LimaCharlie's clients know a changed record by status 409 and `ETAG_MISMATCH` in `error`; others get 412. */
export const answerEtagMismatch: ErrorRequestHandler = function answerEtagMismatch(error, _req, res, next) {
  if (!(error instanceof DeniedError) || error.denial.code !== 'ERR_ETAG_MISMATCH' || res.headersSent) {
    next(error);
    return;
  }
  const detail = 'ETAG_MISMATCH: the record has changed; read it again';
  const { headers, body } = respond(deny('ERR_ETAG_MISMATCH', { detail }));
  for (const [name, value] of Object.entries(headers)) {
    if (name !== 'cache-control') res.setHeader(name, value);
  }
  res.statusCode = 409;
  res.end(JSON.stringify({ ...body, title: 'Conflict', status: 409 }));
};
