import type { OrganizationView } from '@flairgate/core';
import { type IdNamespace, isRestricted, type OwnershipSnapshot } from '@flairgate/core/internal';
import type { NextFunction, Request, Response } from 'express';
import { type GuardEvent, publishGuard } from './events.js';
import type { GuardedRoute } from './route-table.js';
import type { Interception } from './router/intercept.js';
import type { Guard } from './settings.js';

/** Run of the router behind the guard. */
export interface RouterRun {
  interception: Interception | undefined;
}

/** Request on its way through a guard. */
export interface Call {
  readonly guard: Guard;
  readonly req: Request;
  readonly res: Response;
  readonly next: NextFunction;
  /** Run of the router. Its member `interception` is set when the router runs. */
  readonly run: RouterRun;
  readonly caller: OrganizationView;
  readonly space: IdNamespace;
  readonly route: GuardedRoute;
  /** State of the type before anything was read. */
  readonly before: OwnershipSnapshot['state'];
}

/**
 * True if the guard may have to hide something from the caller: before the router ran, after it, or in between, since a
 * secret can be released meanwhile.
 */
export function isCallRestricted({ caller, space, before }: Call, after = before): boolean {
  if (after.secretEnded > before.revision) return true;
  return isRestricted(caller, { space, state: before }) || isRestricted(caller, { space, state: after });
}

/** Publishes the outcome of the call. */
export function report(
  { guard, route, caller }: Pick<Call, 'guard' | 'route' | 'caller'>,
  outcome: GuardEvent['outcome'],
  reason: string,
  id?: string,
): void {
  const { type, dryRun } = guard;
  publishGuard({ type, route: route.name, identity: caller.identity, dryRun, outcome, reason, id });
}

/** Returns the query of a request, with each parameter as it was sent. */
export function queryOf(req: Request): URLSearchParams {
  const at = req.url.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : req.url.slice(at + 1));
}

/**
 * Returns the first query parameter that is not allowed: the route does not declare it, it is repeated, or its value is
 * not among the declared ones.
 */
export function undeclaredQuery(
  { query }: GuardedRoute,
  given: URLSearchParams,
  besides: readonly string[] = [],
): string | undefined {
  const seen = new Set<string>();
  for (const [name, value] of given) {
    const allowed = besides.includes(name) || query.get(name)?.(value) === true;
    if (!allowed || seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}
