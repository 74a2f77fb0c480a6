import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import express, { type Request, type RequestHandler, type Response } from 'express';

/** Headers that a browser or client sends in addition to its credential. */
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

/** Creator of the objects: Node, or Express, which gives each another prototype. */
export type Made = 'node' | 'express';

/** Makes requests and responses without a connection behind them. */
export function createExchanges(rawHeaders: readonly string[], made: Made): () => Exchange {
  const app = express();
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: '127.0.0.1' });
  // Express gives every object a prototype when it comes: from then on V8 knows no two of them to be alike.
  const dress = made === 'express' ? Object.setPrototypeOf : (object: object) => object;
  return () => {
    const req = dress(new IncomingMessage(socket), app.request);
    req.rawHeaders = rawHeaders;
    req.method = 'GET';
    req.url = '/rules';
    if (made === 'node') req.app = app;
    // What the router has written to it by then.
    req.next = undefined;
    req.baseUrl = '';
    req.originalUrl = req.url;
    const res = dress(new ServerResponse(req), app.response);
    res.locals = {};
    if (made === 'express') req.res = res;
    // The first header of a response costs the most, and Express has set one by then.
    res.setHeader('X-Powered-By', 'Express');
    return { req, res };
  };
}

/** Runs handlers as a route does, each within the `next` of the one before; true where the last one called `next`. */
export function runChain(handlers: readonly RequestHandler[], { req, res }: Exchange): boolean {
  let index = 0;
  let passed = false;
  const next = (error?: unknown) => {
    if (error !== undefined) throw error;
    const handler = handlers[index++];
    if (handler === undefined) passed = true;
    else handler(req, res, next);
  };
  next();
  return passed;
}
