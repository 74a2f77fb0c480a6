import { type Denial, deny } from '@flairgate/core';
import type { Request } from 'express';

/**
 * Returns the body of a write, or a refusal. If an earlier body parser stored a body in `req.body`, returns that value.
 * Otherwise reads the body as JSON and stores it in `req.body`.
 *
 * A body parser behind the guard finds the stored value and does not parse again, so guard and router see the same
 * value.
 */
export async function bodyOf(req: Request, maxBytes: number): Promise<{ readonly body: unknown } | Denial> {
  const given: unknown = req.body;
  if (given !== undefined) return { body: given };
  if (!hasBody(req)) return { body: undefined };
  if (req.readableEnded || req.headers['content-encoding'] !== undefined) return deny('ERR_CONTENT_TYPE');
  if (!/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(req.headers['content-type'] ?? '')) {
    return deny('ERR_CONTENT_TYPE', { detail: 'the body must be JSON' });
  }
  const bytes = await readBytes(req, maxBytes);
  if (bytes === undefined) return deny('ERR_BODY_TOO_LARGE');
  try {
    const body: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    req.body = body;
    // Body parsers of Express 4 check this mark. Body parsers of Express 5 check whether the stream has ended.
    Reflect.set(req, '_body', true);
    return { body };
  } catch {
    return deny('ERR_VALIDATION', { detail: 'the request is not well formed' });
  }
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

async function readBytes(req: Request, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // The connection must stay open, because the refusal of a body that is too large is sent on it.
  for await (const chunk of req.iterator({ destroyOnReturn: false })) {
    const part = Buffer.from(chunk);
    bytes += part.byteLength;
    if (bytes > maxBytes) return undefined;
    chunks.push(part);
  }
  return Buffer.concat(chunks);
}
