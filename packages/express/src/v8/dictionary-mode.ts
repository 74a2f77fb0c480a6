import type { Request, Response } from 'express';

/**
 * Whether V8 takes no two objects for alike that were given another prototype after they were made. Since version 13,
 * which Node has since 24, it does.
 */
const TELLS_APART = Number.parseInt(process.versions.v8, 10) < 13;

const HIDDEN = Object.freeze({ enumerable: false });
const LISTED = Object.freeze({ enumerable: true });
const isListed: (this: object, name: string) => boolean = Object.prototype.propertyIsEnumerable;

/**
 * Has V8 take requests for alike again, and responses, so that properties are cheap to add, to look up and to take
 * away: for us, for the handlers and for Express itself. Nothing can be told from the two objects.
 *
 * Express gives each of them another prototype when it comes. From then on V8 copies the list of all their properties
 * for each one added (over 1 µs), and looks each one up anew. A property that changes its attributes ends that: the
 * object becomes a table, and tables with the same prototype are alike. The property is the one by which Express has
 * each of the two know the other; it is taken off the list of names and put back.
 */
export function useSharedShapes(req: Request, res: Response): void {
  if (!TELLS_APART || !isListed.call(req, 'res')) return;
  settle(req, 'res');
  settle(res, 'req');
}

function settle(object: object, name: string): void {
  if (isListed.call(object, name) && Reflect.defineProperty(object, name, HIDDEN)) {
    Reflect.defineProperty(object, name, LISTED);
  }
}
