import type { Request, Response } from 'express';

/*
 * Workaround for V8 before version 13, that is for Node 20 and 22. Remove this file when Node 22 reaches its end of
 * life, in April 2027.
 *
 * Express changes the prototype of each request and response when it arrives. Before version 13, V8 then gives each of
 * them a hidden class of its own, so inline caches never hit: each new property copies the list of all properties (more
 * than 1 µs), and each read is a full lookup.
 */

/** True on V8 before 13, where changing an object's prototype gives the object a hidden class of its own. */
const HAS_OWN_CLASSES = Number.parseInt(process.versions.v8, 10) < 13;

const HIDDEN = Object.freeze({ enumerable: false });
const LISTED = Object.freeze({ enumerable: true });
const isEnumerable: (this: object, name: string) => boolean = Object.prototype.propertyIsEnumerable;

/**
 * Makes properties of a request and its response cheap to add, read and delete, for this package, for handlers and for
 * Express. Neither object changes visibly.
 *
 * A change of a property's attributes switches an object to dictionary mode. Objects in dictionary mode with the same
 * prototype share a hidden class. The properties that are changed are `req.res` and `res.req`, which Express sets. Each
 * of them is made non-enumerable, and then enumerable again.
 */
export function useSharedShapes(req: Request, res: Response): void {
  if (!HAS_OWN_CLASSES || !isEnumerable.call(req, 'res')) return;
  useDictionaryMode(req, 'res');
  useDictionaryMode(res, 'req');
}

function useDictionaryMode(object: object, name: string): void {
  if (isEnumerable.call(object, name) && Reflect.defineProperty(object, name, HIDDEN)) {
    Reflect.defineProperty(object, name, LISTED);
  }
}

/**
 * Reads a property of a request. On an object with a hidden class of its own, `Reflect.get` takes half as long as a
 * property access with a dot.
 */
export function readProperty<T extends object, K extends keyof T>(object: T, name: K): T[K] {
  return Reflect.get(object, name);
}

/**
 * Returns the object from which to take the methods of a response. If the host gave the response own methods, returns
 * the response itself. Otherwise returns its prototype. All responses of an app share the prototype, so V8 finds a
 * method there without a lookup.
 */
export function methodsOf(res: Response): Response {
  return Object.hasOwn(res, 'setHeader') ? res : Object.getPrototypeOf(res);
}
