/**
 * Whether V8 takes no two objects for alike that were given another prototype after they were made. Since version 13,
 * which Node has since 24, it does.
 */
const TELLS_APART = Number.parseInt(process.versions.v8, 10) < 13;

/**
 * Has V8 take requests, or responses, for alike again, so that properties are cheap to add, to look up and to take
 * away. Nothing can be told from the object itself.
 *
 * Express gives each of them another prototype when it comes. From then on V8 copies the list of all their properties
 * for each one added (over 1 µs), and looks each one up anew. A property that changes its attributes ends that: the
 * object becomes a table, and tables with the same prototype are alike. `name` is the property that changes, and
 * changes back.
 */
export function settleShape(object: object, name: string): void {
  if (!TELLS_APART) return;
  const own = Object.getOwnPropertyDescriptor(object, name);
  if (own?.configurable !== true) return;
  const enumerable = own.enumerable === true;
  Object.defineProperty(object, name, { enumerable: !enumerable });
  Object.defineProperty(object, name, { enumerable });
}
