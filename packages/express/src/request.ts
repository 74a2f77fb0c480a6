import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '@flairgate/core';
import type { Application, NextFunction, Request } from 'express';

declare global {
  namespace Express {
    interface Request {
      /**
       * Who is calling. There on every route behind `gate.authenticate()`.
       *
       * Behind `gate.authenticate({ optional: true })` a caller may be anonymous: read it with `maybeAuth(req)`.
       */
      auth: Principal;
    }
  }
}

/**
 * Middleware of a gate. Mentions no path parameters, so that those Express reads from a route's path keep their types
 * in the handlers behind it.
 */
export type Middleware = {
  handle(req: IncomingMessage & { readonly app: Application }, res: ServerResponse, next: NextFunction): void;
}['handle'];

/** The part of a request that {@link setAuth} writes: undefined for an anonymous caller. */
interface AuthSlot {
  auth?: Principal | undefined;
}

/** Gives the principal of a request, or undefined where the caller is anonymous or nobody asked who is calling. */
export function maybeAuth(req: Request): Principal | undefined {
  return readProperty<AuthSlot, 'auth'>(req, 'auth');
}

/**
 * Reads a property of a request.
 *
 * Express gives each request another prototype when it comes, after which V8 takes no two of them for alike and looks
 * every property up anew. `Reflect.get` does so in half the time of a dot.
 */
export function readProperty<T extends object, K extends keyof T>(object: T, name: K): T[K] {
  return Reflect.get(object, name);
}

/** Tells whether `authenticate` has run on this request, whatever it found. */
export function wasAuthenticated(req: Request): boolean {
  return 'auth' in req;
}

/** Writes the principal to the request, and under the host's own name where it asked for one. */
export function setAuth(req: AuthSlot, principal: Principal | undefined, userProperty: string | undefined): void {
  req.auth = principal;
  if (userProperty !== undefined) Reflect.set(req, userProperty, principal);
}
