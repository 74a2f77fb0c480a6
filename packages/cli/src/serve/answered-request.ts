import type { IncomingMessage } from 'node:http';

const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/**
 * Returns the HTTP method of a request, or `_OTHER` for an unknown method. Otherwise callers could add any number of
 * label values to the metrics.
 */
export function methodOf({ method = '' }: IncomingMessage): string {
  return KNOWN_METHODS.has(method) ? method : '_OTHER';
}

/**
 * Returns the pattern of the route that handled the request, such as `/v1/orgs/:oid/keys`. Returns `_OTHER` if no route
 * handled it.
 */
export function routeOf(req: IncomingMessage): string {
  const route: unknown = Reflect.get(req, 'route');
  const path: unknown = typeof route === 'object' && route !== null ? Reflect.get(route, 'path') : undefined;
  return typeof path === 'string' ? path : '_OTHER';
}
