import { OptionError } from '@flairgate/core';
import type { GuardedRoute } from '../route-table.js';

/** A layer of a router, in the structure that Express 4 and 5 share. */
interface Layer {
  readonly route?: { readonly path?: unknown; readonly methods?: Readonly<Record<string, boolean>> };
  readonly handle?: { readonly stack?: readonly Layer[] };
}

/**
 * Asserts that the guard's table lists all routes of a router.
 *
 * Only routes that were added with `router.get` and similar methods are checked. Express does not expose the path at
 * which a nested router is mounted, so the routes of nested routers are compared without that path.
 *
 * @throws OptionError `ERR_ROUTE_UNGUARDED` that lists all missing routes.
 */
export function assertRouterListed(router: unknown, table: readonly GuardedRoute[]): void {
  if (router === undefined) return;
  const stack = stackOf(router);
  if (stack === undefined) throw new OptionError('guard.router: must be the Express router behind the guard');
  const shapes = new Set(table.map((route) => shapeOf(route.method, route.name.slice(route.method.length + 1))));
  const unguarded = namesIn(stack).filter(({ method, path }) => {
    const shape = shapeOf(method, path);
    // Express handles HEAD with the routes for GET.
    return !shapes.has(shape) && !(method === 'HEAD' && shapes.has(shapeOf('GET', path)));
  });
  if (unguarded.length === 0) return;
  const names = unguarded.map(({ method, path }) => `${method} ${path}`).join(', ');
  throw new OptionError(
    `guard.routes: ERR_ROUTE_UNGUARDED: the router also answers ${names}; list them or remove them`,
  );
}

function namesIn(stack: readonly Layer[]): { method: string; path: string }[] {
  return stack.flatMap((layer) => {
    const { route, handle } = layer;
    if (route === undefined) return handle?.stack === undefined ? [] : namesIn(handle.stack);
    const paths: readonly unknown[] = Array.isArray(route.path) ? route.path : [route.path];
    const methods = Object.keys(route.methods ?? {}).map((method) =>
      method === '_all' ? 'ALL' : method.toUpperCase(),
    );
    return paths.flatMap((path) => methods.map((method) => ({ method, path: String(path) })));
  });
}

/** Returns a route's method and path without the names of the path parameters, so that `/:id` and `/:key` are equal. */
function shapeOf(method: string, path: string): string {
  return `${method} ${path.replaceAll(/:[A-Za-z_]\w*/g, ':').replace(/(?<=.)\/$/, '')}`;
}

function stackOf(router: unknown): readonly Layer[] | undefined {
  if (typeof router !== 'function') return undefined;
  const stack: unknown = Reflect.get(router, 'stack');
  return Array.isArray(stack) ? stack : undefined;
}
