import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { slicedJson } from './sliced-json.js';

const CHUNKS = Symbol('flairgate.chunks');

interface Streamed {
  readonly [CHUNKS]: AsyncIterable<string>;
}

/**
 * Creates a response whose JSON text is produced while the response is sent, so that the whole text is never in memory.
 *
 * A failure before the first chunk of text gets an ordinary error response. A later failure closes the connection.
 *
 * @example
 * const handle = async () => allow(streamedAnswer(jsonChunks()));
 */
export function streamedAnswer<T extends object = Record<string, never>>(chunks: AsyncIterable<string>): T {
  return Object.assign(Object.create(null) as T, { [CHUNKS]: chunks });
}

export function isStreamed(value: unknown): value is Streamed {
  return typeof value === 'object' && value !== null && CHUNKS in value;
}

/** Sends a streamed response at the speed at which the client reads it. Stops if the client disconnects. */
export function sendStreamed(res: Response, { [CHUNKS]: chunks }: Streamed): Promise<void> {
  return sendChunks(res, chunks);
}

/** Sends a response with a long list in slices. Other requests can run between two slices. */
export function sendSliced(res: Response, value: object): Promise<void> {
  return sendChunks(res, slicedJson(value));
}

async function sendChunks(res: Response, chunks: AsyncIterable<string>): Promise<void> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first = await iterator.next();
  res.statusCode = 200;
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'no-store');
  if (res.req.method === 'HEAD') {
    await iterator.return?.();
    res.end();
    return;
  }
  async function* all(): AsyncGenerator<string> {
    if (first.done !== true) yield first.value;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  await pipeline(Readable.from(all(), { objectMode: true, highWaterMark: 1 }), res).catch((error: unknown) => {
    if (!isGone(error)) throw error;
  });
}

/** True if the error means that the client closed the connection. No error response can be sent then. */
function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}
