import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import express, { type Request, type RequestHandler, type Response } from 'express';

/** What a browser or client sends beside its credential. */
const USUAL_HEADERS = [
  'Host',
  'localhost:8787',
  'User-Agent',
  'bench/1.0',
  'Accept',
  'application/json',
  'Accept-Encoding',
  'gzip, deflate',
  'Connection',
  'keep-alive',
];

/** Raw headers of a request with one more. */
export function rawHeadersWith(name: string, value: string): string[] {
  return [...USUAL_HEADERS, name, value];
}

/** A request and its response. */
export interface Exchange {
  readonly req: Request;
  readonly res: Response;
}

/** Makes requests and responses as Node and Express make them, without a connection behind them. */
export function createExchanges(rawHeaders: readonly string[]): () => Exchange {
  const app = express();
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: '127.0.0.1' });
  return () => {
    const req = Object.setPrototypeOf(new IncomingMessage(socket), app.request);
    req.rawHeaders = rawHeaders;
    req.method = 'GET';
    req.url = '/rules';
    const res = Object.setPrototypeOf(new ServerResponse(req), app.response);
    req.res = res;
    res.req = req;
    return { req, res };
  };
}

/** Runs handlers in order, as a route does; true where the last one called `next`. */
export function runChain(handlers: readonly RequestHandler[], { req, res }: Exchange): boolean {
  for (const handler of handlers) {
    let passed = false;
    handler(req, res, (error?: unknown) => {
      if (error !== undefined) throw error;
      passed = true;
    });
    if (!passed) return false;
  }
  return true;
}
