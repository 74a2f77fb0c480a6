import { type NamedHandler, originalHandler } from './original-handler.js';

/** A handler of a route. */
export interface RouteHandler extends NamedHandler {
  /** Method in upper case. Undefined if the handler runs for every method. */
  readonly method: string | undefined;
}

/** A layer of a router, as added by one call of `use`, `get` or a similar method. */
export interface Layer extends NamedHandler {
  /** Paths passed to Express: strings or regular expressions. A path that Express does not store is undefined. */
  readonly paths: readonly unknown[];
  /** Handlers of a route; undefined for a layer that was added with `use`. */
  readonly route: readonly RouteHandler[] | undefined;
}

export interface ReadRouter {
  readonly layers: readonly Layer[];
  readonly caseSensitive: boolean;
}

/**
 * Reads the layers of an app or a router of Express 4 or 5. Returns undefined for any other value.
 *
 * Express 4 stores mount paths as regular expressions, which this function converts back. Express 5 stores mount paths
 * only with version 2.3 or newer of the package `router`. With older versions, the mount path of middleware is unknown.
 */
export function readRouter(given: unknown): ReadRouter | undefined {
  const stack = stackOf(given) ?? stackOf(member(given, '_router')) ?? stackOf(routerOf(given));
  if (stack === undefined) return typeof member(given, 'lazyrouter') === 'function' ? EMPTY : undefined;
  const { owner, entries } = stack;
  const caseSensitive = member(owner, 'caseSensitive') === true;
  return { layers: entries.map((layer) => readLayer(layer, caseSensitive)), caseSensitive };
}

/** Content of an Express 4 app before its first route, when it has no router yet. */
const EMPTY: ReadRouter = { layers: [], caseSensitive: false };

/**
 * Returns an app's router. Returns undefined if the router cannot be read: on Express 4, reading `app.router` throws.
 */
function routerOf(app: unknown): unknown {
  try {
    return member(app, 'router');
  } catch {
    return undefined;
  }
}

function stackOf(router: unknown): { owner: unknown; entries: readonly unknown[] } | undefined {
  const entries: unknown = member(router, 'stack');
  return typeof router === 'function' && Array.isArray(entries) ? { owner: router, entries } : undefined;
}

function readLayer(layer: unknown, caseSensitive: boolean): Layer {
  const route = member(layer, 'route');
  const handler = handlerOf(layer);
  if (typeof route === 'object' && route !== null) {
    return { paths: flatList(member(route, 'path')), ...handler, route: handlersOf(route) };
  }
  return { paths: mountPaths(layer, caseSensitive), ...handler, route: undefined };
}

function handlerOf(layer: unknown): NamedHandler {
  return originalHandler(member(layer, 'handle'), member(layer, 'name'));
}

function handlersOf(route: object): readonly RouteHandler[] {
  return flatList(member(route, 'stack')).map((layer) => {
    const method = member(layer, 'method');
    return { method: typeof method === 'string' ? method.toUpperCase() : undefined, ...handlerOf(layer) };
  });
}

function mountPaths(layer: unknown, caseSensitive: boolean): readonly unknown[] {
  const raw = member(layer, 'rawPath');
  if (raw !== undefined) return flatList(raw);
  if (member(layer, 'slash') === true) return ['/'];
  const compiled = member(layer, 'regexp');
  if (member(compiled, 'fast_slash') === true) return ['/'];
  if (!(compiled instanceof RegExp)) return [undefined];
  // An expression with different flags was not compiled by Express.
  return compiled.flags === (caseSensitive ? '' : 'i')
    ? decompile(compiled, flatList(member(layer, 'keys')))
    : [compiled];
}

/** End of each regular expression that Express 4 compiles from a mount path. */
const END = '\\/?(?=\\/|$)';
const PARAMETER = '(?:\\/([^/]+?))';

/** Converts a regular expression that Express 4 compiled back into paths. Returns other expressions unchanged. */
function decompile(compiled: RegExp, keys: readonly unknown[]): readonly unknown[] {
  const names = keys.map((key) => member(key, 'name'));
  const paths = compiled.source.split('|^').map((part, index) => {
    const source = index === 0 ? part.replace(/^\^/, '') : part;
    if (!source.endsWith(END)) return undefined;
    const path = source
      .slice(0, -END.length)
      .replaceAll(PARAMETER, () => `/:${String(names.shift())}`)
      .replaceAll(/\\([/.])/g, '$1');
    return /^(\/(:[A-Za-z_]\w*|[\w.~@-]+))+$/.test(path) ? path : undefined;
  });
  return paths.includes(undefined) ? [compiled] : paths;
}

function flatList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY) : [value];
}

function member(owner: unknown, name: string): unknown {
  const isOwner = (typeof owner === 'object' && owner !== null) || typeof owner === 'function';
  return isOwner ? Reflect.get(owner, name) : undefined;
}
