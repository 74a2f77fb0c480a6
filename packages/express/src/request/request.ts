import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Application, NextFunction, Request, Response } from 'express';

/**
 * Middleware of a gate. Its type does not mention path parameters, so the types that Express infers from a route's path
 * are kept in later handlers.
 */
export type Middleware = {
  handle(req: IncomingMessage & { readonly app: Application }, res: ServerResponse, next: NextFunction): void;
}['handle'];

/**
 * Function that returns the organization id for a request. The return type is `unknown` because Express types
 * parameters and queries loosely.
 */
export type OrganizationOf = (req: Request) => unknown;

/** Arguments of one call of a middleware. */
export interface MiddlewareCall {
  readonly req: Request;
  readonly res: Response;
  readonly next: NextFunction;
}
