import type { Response } from 'express';
import type { Captured } from './intercept.js';

/**
 * Copies a response while it is sent, up to `maxBytes` bytes, and does not change it. Returns undefined if no response
 * was sent.
 */
export function tap(res: Response, maxBytes: number): Promise<Captured | undefined> {
  const { write, end } = res;
  const saved = (['write', 'end'] as const).map((name) => [name, Object.getOwnPropertyDescriptor(res, name)] as const);
  const chunks: Buffer[] = [];
  let bytes = 0;
  const copy = (chunk: unknown): void => {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return;
    const part = Buffer.from(chunk);
    bytes += part.byteLength;
    if (bytes <= maxBytes) chunks.push(part);
  };
  put(res, 'write', (...args: unknown[]) => {
    copy(args[0]);
    return Reflect.apply(write, res, args);
  });
  put(res, 'end', (...args: unknown[]) => {
    copy(args[0]);
    return Reflect.apply(end, res, args);
  });
  return new Promise((resolve) => {
    res.once('close', () => {
      for (const [name, descriptor] of saved) {
        Reflect.deleteProperty(res, name);
        if (descriptor !== undefined) Object.defineProperty(res, name, descriptor);
      }
      const fault = bytes > maxBytes ? 'the answer is too large' : undefined;
      const { statusCode: status } = res;
      resolve(res.headersSent ? { status, headers: res.getHeaders(), body: Buffer.concat(chunks), fault } : undefined);
    });
  });
}

function put(res: Response, name: 'write' | 'end', value: unknown): void {
  Object.defineProperty(res, name, { value, configurable: true, writable: true });
}
