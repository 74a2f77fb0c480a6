import { METHODS } from 'node:http';
import { OptionError } from '@flairgate/core';
import { isBodyParser, isChecked, markOf } from './authorization-mark.js';
import { covers, readPath, type Segment, toPathText } from './mount-path.js';
import { mountedApp } from './mounted-app.js';
import type { NamedHandler } from './original-handler.js';
import { type Layer, type ReadRouter, type RouteHandler, readRouter } from './read-router.js';

/** An authorization check or a body parser that was mounted before a route. */
interface Mounted {
  readonly path: readonly Segment[];
  readonly kind: Step;
}

/**
 * Kind of handler before a route. `decision`: the handler checks the caller. `settled`: the handler is a guard, which
 * reads the body itself, or marks the route as public. `parser`: the handler reads the body. `other`: any other
 * handler.
 */
type Step = 'decision' | 'settled' | 'parser' | 'other';

function stepOf(handler: NamedHandler): Step {
  const mark = markOf(handler.handle);
  if (mark === 'requires') return 'decision';
  if (isChecked(mark)) return 'settled';
  return isBodyParser(handler) ? 'parser' : 'other';
}

/** Position of a router in an app, and the middleware that was mounted before it. */
interface Position {
  readonly base: readonly Segment[];
  readonly mounted: readonly Mounted[];
  /**
   * Routers that contain this router. A router in this list is not entered again, so a router that contains itself
   * causes no endless loop.
   */
  readonly within: readonly unknown[];
}

/**
 * Lists the unguarded routes of an Express app or router, as `GET /path`. Routes of nested apps are included.
 *
 * A route is guarded if it has one of the following, on the route itself or mounted before it: `requirePermissions`,
 * `requireAnyPermission`, `requireUser`, `guard`, `authenticate` with `accept`, or `public`. Handlers mounted with
 * `use` under a path and files served by `express.static` are listed as `USE /path`. If in doubt, a route is listed.
 *
 * Routes with a body parser after the last authorization check are listed too, as `POST /path (body parser behind the
 * decision)`. By the time a slow body has arrived, the result of the check may be out of date.
 *
 * @throws OptionError for a value other than an app or router of Express 4 or 5.
 *
 * @example
 * expect(unguardedRoutes(app)).toEqual([]);
 */
export function unguardedRoutes(app: unknown): readonly string[] {
  const router = readRouter(app);
  if (router === undefined) throw new OptionError('assertGuarded: must be an Express app or router that has routes');
  return [...new Set(walk(router, { base: [], mounted: [], within: [app] }))];
}

/**
 * Asserts that {@link unguardedRoutes} finds no route.
 *
 * @throws OptionError that lists every unguarded route.
 */
export function assertGuarded(app: unknown): void {
  const unguarded = unguardedRoutes(app);
  if (unguarded.length === 0) return;
  throw new OptionError(unguardedMessage(unguarded));
}

const LATE = ' (body parser behind the decision)';

function unguardedMessage(listed: readonly string[]): string {
  const open = listed.filter((route) => !route.endsWith(LATE));
  const late = listed.filter((route) => route.endsWith(LATE)).map((route) => route.slice(0, -LATE.length));
  const parts = [
    open.length === 0
      ? undefined
      : `these routes require nothing: ${open.join(', ')}; add gate.requirePermissions(...), or gate.public() for a public route`,
    late.length === 0
      ? undefined
      : `these routes read the body behind their last decision: ${late.join(', ')}; mount the body parser between gate.authenticate() and gate.requirePermissions(...)`,
  ];
  return `ERR_ROUTE_UNGUARDED: ${parts.filter((part) => part !== undefined).join('; ')}`;
}

function walk({ layers, caseSensitive }: ReadRouter, { base, mounted: before, within }: Position): string[] {
  const mounted = [...before];
  return layers.flatMap((layer) => {
    const paths = layer.paths.map((path) => [...base, ...readPath(path, caseSensitive)]);
    const kind = layer.route === undefined ? stepOf(layer) : 'other';
    if (kind !== 'other') mounted.push(...paths.map((path) => ({ path, kind })));
    if (layer.route === undefined && markOf(layer.handle) !== undefined) return [];
    return paths.flatMap((path) => listAt(path, layer, { base, mounted, within }));
  });
}

function listAt(path: readonly Segment[], layer: Layer, { base, mounted, within }: Position): string[] {
  const { route, handle } = layer;
  const app = route === undefined ? (mountedApp(layer) ?? handle) : undefined;
  const inner = app === undefined || within.includes(app) ? undefined : readRouter(app);
  if (inner !== undefined) return walk(inner, { base: path, mounted, within: [...within, app] });
  const before = mounted.filter((each) => covers(each.path, path)).map(({ kind }) => kind);
  if (route !== undefined) return toRouteTexts(route, path, before);
  if (isBodyParser(layer) || !answers(layer, path.length - base.length)) return [];
  return listed(before).map((mark) => `USE ${toPathText(path)}${mark}`);
}

/**
 * True if a handler added with `use` may send responses itself. Middleware that is mounted for every path is assumed to
 * call `next`, because it cannot be told apart from a handler that sends responses.
 */
function answers({ handle, name }: NamedHandler, depth: number): boolean {
  if (typeof handle !== 'function' || handle.length > 3) return false;
  return depth > 0 || name === 'serveStatic' || name === 'mounted_app';
}

function toRouteTexts(handlers: readonly RouteHandler[], path: readonly Segment[], before: readonly Step[]): string[] {
  const named = new Set(handlers.map(({ method }) => method ?? 'ALL'));
  const marks = new Map([...named].map((method) => [method, marksOf(stepsOf(handlers, method), before)]));
  return ['', LATE].flatMap((mark) => {
    const methods = [...named].filter((method) => marks.get(method)?.includes(mark) === true);
    const isAll = METHODS.every((method) => methods.includes(method));
    return (isAll ? ['ALL'] : methods).map((method) => `${method} ${toPathText(path)}${mark}`);
  });
}

function stepsOf(handlers: readonly RouteHandler[], method: string): readonly Step[] {
  return handlers
    .filter((handler) => handler.method === undefined || handler.method === method)
    .filter(({ handle }) => markOf(handle) !== 'passes')
    .map(stepOf);
}

/**
 * Returns the suffixes of a route's entries in the list of unguarded routes. Returns an empty list for a guarded route.
 * Checks after the route's last handler do not count, because that handler sends the response.
 */
function marksOf(steps: readonly Step[], before: readonly Step[]): readonly string[] {
  const last = steps.findLastIndex((step) => step === 'other' || step === 'parser');
  return last < 0 ? [] : listed([...before, ...steps.slice(0, last)]);
}

/**
 * Returns the suffixes of a route's entries in the list of unguarded routes: an empty suffix if no check runs before
 * the handler, `LATE` if a body parser runs after the last check, and none for a guarded route.
 */
function listed(steps: readonly Step[]): readonly string[] {
  const settled = steps.findLastIndex((step) => step === 'decision' || step === 'settled');
  if (settled < 0) return [''];
  return steps[settled] === 'decision' && steps.slice(settled).includes('parser') ? [LATE] : [];
}
