/** An object that reports which of its members were never read. */
export interface Reads<T> {
  readonly spied: T;
  /** Returns the paths of the members that nothing has read, such as `configuration.log.level`. */
  unread(): readonly string[];
}

/**
 * Records which members of an object are read, in plain objects below it as well. A member that is copied with `...`
 * counts as read, and functions are not reported.
 */
export function readsOf<T extends object>(given: T): Reads<T> {
  const read = new Set<string>();
  const spy = <O extends object>(object: O, path: string): O =>
    new Proxy(object, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (typeof name !== 'string') return value;
        read.add(path + name);
        return isPlain(value) ? spy(value, `${path}${name}.`) : value;
      },
    });
  return { spied: spy(given, ''), unread: () => leavesOf(given, '').filter((path) => !read.has(path)) };
}

function leavesOf(object: object, path: string): readonly string[] {
  return Object.entries(object).flatMap(([name, value]) =>
    isPlain(value) ? leavesOf(value, `${path}${name}.`) : typeof value === 'function' ? [] : [path + name],
  );
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
