import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Application, NextFunction, Request, Response } from 'express';

/**
 * Middleware of a gate. It has no type for path parameters, so that those which Express reads from the path of a route
 * keep their types in the handlers behind it.
 */
export type Middleware = {
  handle(req: IncomingMessage & { readonly app: Application }, res: ServerResponse, next: NextFunction): void;
}['handle'];

/**
 * Function that returns the id of an organization for a request. Its result is unknown because the types of Express for
 * parameters and queries are loose.
 */
export type OrganizationOf = (req: Request) => unknown;

/** Arguments of one call of a middleware. */
export interface MiddlewareCall {
  readonly req: Request;
  readonly res: Response;
  readonly next: NextFunction;
}
