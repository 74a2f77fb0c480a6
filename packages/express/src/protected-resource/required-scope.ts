import type { Request } from 'express';
import type { AnyRequest } from '../request/client-address.js';
import { mountedApp } from '../route-coverage/mounted-app.js';
import { originalHandler } from '../route-coverage/original-handler.js';
import { type Layer, type RouteHandler, readRouter } from '../route-coverage/read-router.js';
import type { ChallengeMount, ResourceMark } from './resource-mark.js';

/**
 * Function that returns the permissions that a handler requires for a request. Returns undefined if the permissions are
 * not known.
 */
export type RequiredBy = (req: AnyRequest) => readonly string[] | undefined;

const REQUIRED = Symbol('required permissions');

/**
 * Records which permissions a handler requires. A protected resource's challenge (`WWW-Authenticate`) lists them as
 * `scope`.
 */
export function noteRequired<H extends object>(handler: H, required: RequiredBy): H {
  return Object.defineProperty(handler, REQUIRED, { value: required });
}

function requiredBy(handler: object): RequiredBy | undefined {
  return Reflect.get(handler, REQUIRED);
}

/**
 * Returns the permissions that the route of a request requires. Returns undefined if the permissions are not known.
 *
 * Normally the permissions are read from the route's handlers. If the refusing middleware runs before Express has
 * chosen a route, the permissions are read from all handlers that are mounted behind `challenge` under the same path.
 */
export function requiredScope(req: AnyRequest, mark: ResourceMark): readonly string[] | undefined {
  const names = handlersFor(req, mark).flatMap((handler) => requiredBy(handler)?.(req) ?? []);
  return names.length === 0 ? undefined : [...new Set(names)];
}

function handlersFor(req: AnyRequest, mark: ResourceMark): readonly object[] {
  const { route, method = 'GET', baseUrl = '' } = req;
  if (route !== undefined) return required(layersOf(route), method);
  mark.mounts ??= findMounts(req.app, mark.challenge, []);
  const [only, ...others] = mark.mounts;
  const mount = others.length === 0 ? only : mark.mounts.find(({ path }) => baseUrl === (path === '/' ? '' : path));
  return mount === undefined ? [] : required(mount.handlers, method);
}

/**
 * Finds the places in an app at which `challenge` is mounted. Also returns, for each place, the handlers that are
 * mounted after `challenge` under the same path.
 */
function findMounts(app: unknown, challenge: object, within: readonly unknown[]): readonly ChallengeMount[] {
  const router = within.includes(app) ? undefined : readRouter(app);
  if (router === undefined) return [];
  const { layers } = router;
  return layers.flatMap((layer, at) => {
    if (layer.route !== undefined) return [];
    if (layer.handle === challenge) return mountAt(layers, at);
    return findMounts(mountedApp(layer) ?? layer.handle, challenge, [...within, app]);
  });
}

function mountAt(layers: readonly Layer[], at: number): readonly ChallengeMount[] {
  const path = pathOf(layers[at]);
  if (path === undefined) return [];
  const handlers = layers
    .slice(at + 1)
    .filter((layer) => pathOf(layer) === path)
    .flatMap(({ handle, name, route }) => route ?? [{ handle, name, method: undefined }]);
  return [{ path, handlers }];
}

function pathOf(layer: Layer | undefined): string | undefined {
  const [path, ...others] = layer?.paths ?? [];
  return typeof path === 'string' && others.length === 0 ? path : undefined;
}

function layersOf(route: Request['route']): readonly RouteHandler[] {
  const stack: unknown = route?.stack;
  if (!Array.isArray(stack)) return [];
  return stack.map(({ handle, name, method }: { handle: unknown; name?: unknown; method?: string }) => ({
    ...originalHandler(handle, name),
    method: method?.toUpperCase(),
  }));
}

function required(handlers: readonly RouteHandler[], method: string): readonly object[] {
  return handlers
    .filter((each) => each.method === undefined || each.method === method)
    .map(({ handle }) => handle)
    .filter((handle) => typeof handle === 'function')
    .filter((handle) => requiredBy(handle) !== undefined);
}
