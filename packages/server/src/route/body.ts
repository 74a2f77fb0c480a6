import { allow, type Denial, deny, type Outcome, parseJsonObject } from '@flairgate/core';
import express, { type Request, type RequestHandler, type Response } from 'express';
import { denyFields } from './fields.js';

/** Maximum size of a body in bytes, for routes without a limit of their own. */
export const MAX_BODY_BYTES = 64 * 1024;

/** Maximum number of fields in one form or query. */
const MAX_FIELDS = 1000;

type Pairs = Iterable<readonly [string, unknown]>;

/** Function that reads a request body as pairs of name and value. */
export type BodyReader = (req: Request, res: Response) => Promise<Outcome<Pairs>>;

/**
 * Creates a function that reads form and JSON bodies, for any method.
 *
 * An empty body with any `Content-Type` is treated as no body, because some clients send this header without a body. A
 * compressed body is refused. JSON must be one object in UTF-8, nested at most 32 deep, without repeated members. A
 * body that the host has already parsed is used unchanged.
 */
export function createBodyReader(maxBytes: number): BodyReader {
  const readBytes = express.raw({ type: () => true, limit: maxBytes, inflate: false });
  return async (req, res) => {
    const error = await runMiddleware(readBytes, req, res);
    if (error !== undefined) return denialOfBody(error, maxBytes);
    const body: unknown = req.body;
    if (!(body instanceof Uint8Array)) return allow(parsedByHost(body));
    // Removed, because the bytes may contain a secret and later middleware does not need them.
    req.body = undefined;
    return body.length === 0 ? allow([]) : parseBytes(Buffer.from(body), req.headers['content-type'] ?? '');
  };
}

/** Reads the fields of the query. */
export function readQuery(req: Request): Outcome<Pairs> {
  const start = req.url.indexOf('?');
  return start < 0 ? allow([]) : pairsOf(req.url.slice(start + 1));
}

/** Runs a middleware. Resolves to the error that it passes to `next`, or to undefined if it passes none. */
function runMiddleware(middleware: RequestHandler, req: Request, res: Response): Promise<unknown> {
  return new Promise((resolve) => void middleware(req, res, resolve));
}

function parseBytes(bytes: Buffer, contentType: string): Outcome<Pairs> {
  const [mediaType = '', ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase());
  if (!parameters.every(isUtf8)) return deny('ERR_CONTENT_TYPE', { detail: 'the body must be in UTF-8' });
  if (mediaType === 'application/x-www-form-urlencoded') return pairsOf(bytes.toString('utf8'));
  if (mediaType !== 'application/json') return deny('ERR_CONTENT_TYPE');
  const value = parseJsonObject(bytes);
  if (value !== undefined) return allow(Object.entries(value));
  return denyFields([
    { field: 'body', message: 'must be one JSON object, nested at most 32 deep, with each member once' },
  ]);
}

function isUtf8(parameter: string): boolean {
  const [name, value = ''] = parameter.split('=');
  return name?.trim() !== 'charset' || /^"?utf-?8"?$/.test(value.trim());
}

function pairsOf(form: string): Outcome<Pairs> {
  const pairs = new URLSearchParams(form);
  if (pairs.size <= MAX_FIELDS) return allow(pairs);
  return deny('ERR_BODY_TOO_LARGE', { detail: `the request must have at most ${MAX_FIELDS} fields` });
}

/**
 * Returns the fields of a body that the host parsed. A list is returned as one value and not as repeated fields,
 * because an empty list would then look like a missing field.
 */
function parsedByHost(body: unknown): Pairs {
  return typeof body === 'object' && body !== null ? Object.entries(body) : [];
}

/**
 * Returns the refusal for an error of the body parser. The refusal does not contain the error's message, because the
 * message may quote the body.
 */
function denialOfBody(error: unknown, maxBytes: number): Denial {
  const type: unknown = error instanceof Error ? Reflect.get(error, 'type') : undefined;
  if (type === 'entity.too.large') {
    const detail = `the body is larger than ${maxBytes} bytes`;
    return deny('ERR_BODY_TOO_LARGE', { detail, members: { limit: maxBytes } });
  }
  if (type === 'encoding.unsupported') {
    return deny('ERR_CONTENT_TYPE', { detail: 'the body must have no Content-Encoding' });
  }
  return denyFields([{ field: 'body', message: 'must be complete' }]);
}
