import { METHODS } from 'node:http';
import { OptionError } from '@flairgate/core';
import { covers, printPath, readPath, type Segment } from './mount-path.js';
import { mountedApp } from './mounted-app.js';
import { type Layer, type ReadRouter, type RouteHandler, readRouter } from './read-router.js';
import { stanceOf } from './stance.js';

/** Where in an app a router stands, and what was mounted before it. */
interface Place {
  readonly base: readonly Segment[];
  /** Mount paths of middleware that requires something, or says that all behind it is public. */
  readonly stances: readonly (readonly Segment[])[];
  /** The routers around it: one that contains itself is not walked for ever. */
  readonly within: readonly unknown[];
}

/**
 * Lists the routes of an Express app or router that neither require anything nor are declared public, as `GET /path`.
 *
 * A route is guarded by `requirePermissions`, `requireAnyPermission`, `requireUser`, `guard`, `authenticate` with
 * `accept`, or `public`, on the route itself or mounted before it on its way, also in apps mounted in apps. Handlers
 * mounted with `use` under a path and files served with `express.static` are listed as `USE /path`. In doubt a route is
 * listed.
 *
 * @throws OptionError for anything but an app or a router of Express 4 or 5.
 */
export function unguardedRoutes(app: unknown): readonly string[] {
  const router = readRouter(app);
  if (router === undefined) throw new OptionError('assertGuarded: give an Express app or router that has routes');
  return [...new Set(walk(router, { base: [], stances: [], within: [app] }))];
}

/** @throws OptionError naming every unguarded route. */
export function assertGuarded(app: unknown): void {
  const unguarded = unguardedRoutes(app);
  if (unguarded.length === 0) return;
  throw new OptionError(
    `ERR_ROUTE_UNGUARDED: these routes require nothing: ${unguarded.join(', ')}; add gate.requirePermissions(...), or gate.public() where anybody may call`,
  );
}

function walk({ layers, caseSensitive }: ReadRouter, { base, stances: before, within }: Place): string[] {
  const stances = [...before];
  return layers.flatMap((layer) => {
    const paths = layer.paths.map((path) => [...base, ...readPath(path, caseSensitive)]);
    const stance = layer.route === undefined ? stanceOf(layer.handle) : undefined;
    if (stance === 'requires' || stance === 'public') stances.push(...paths);
    if (stance !== undefined) return [];
    return paths.flatMap((path) => listAt(path, layer, { base, stances, within }));
  });
}

function listAt(path: readonly Segment[], { route, handle }: Layer, { base, stances, within }: Place): string[] {
  const app = route === undefined ? (mountedApp(handle) ?? handle) : undefined;
  const inner = app === undefined || within.includes(app) ? undefined : readRouter(app);
  if (inner !== undefined) return walk(inner, { base: path, stances, within: [...within, app] });
  if (stances.some((mount) => covers(mount, path))) return [];
  if (route !== undefined) return printRoute(route, path);
  return answers(handle, path.length - base.length) ? [`USE ${printPath(path)}`] : [];
}

/** Middleware for every path cannot be told from a handler, and hardly ever is one. */
function answers(handle: unknown, depth: number): boolean {
  if (typeof handle !== 'function' || handle.length > 3) return false;
  return depth > 0 || handle.name === 'serveStatic' || handle.name === 'mounted_app';
}

function printRoute(handlers: readonly RouteHandler[], path: readonly Segment[]): string[] {
  const named = new Set(handlers.map(({ method }) => method ?? 'ALL'));
  const unguarded = [...named].filter((method) => isUnguarded(handlers, method));
  const isAll = METHODS.every((method) => unguarded.includes(method));
  return (isAll ? ['ALL'] : unguarded).map((method) => `${method} ${printPath(path)}`);
}

/** What stands in front of the last handler counts; what is behind it is never reached. */
function isUnguarded(handlers: readonly RouteHandler[], method: string): boolean {
  const stances = handlers
    .filter((handler) => handler.method === undefined || handler.method === method)
    .map(({ handle }) => stanceOf(handle));
  const last = stances.lastIndexOf(undefined);
  return last >= 0 && !stances.slice(0, last).some((stance) => stance === 'requires' || stance === 'public');
}
