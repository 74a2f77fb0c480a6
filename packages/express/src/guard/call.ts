import type { OrganizationView } from '@flairgate/core';
import { type IdNamespace, isRestricted, type OwnershipSnapshot } from '@flairgate/core/internal';
import type { NextFunction, Request, Response } from 'express';
import { type GuardEvent, publishGuard } from './events.js';
import type { GuardedRoute } from './route-table.js';
import type { Interception } from './router/intercept.js';
import type { Guard } from './settings.js';

/** One run of the router behind the guard. */
export interface RouterRun {
  interception: Interception | undefined;
}

/** A request that a guard is handling. */
export interface Call {
  readonly guard: Guard;
  readonly req: Request;
  readonly res: Response;
  readonly next: NextFunction;
  /** The run of the router. `interception` is set when the router starts. */
  readonly run: RouterRun;
  readonly caller: OrganizationView;
  readonly space: IdNamespace;
  readonly route: GuardedRoute;
  /** State of the resource type (its ownership counters) before the router read anything. */
  readonly before: OwnershipSnapshot['state'];
}

/**
 * True if the guard may have to hide something from the caller. The function checks the state of the resource type
 * before the router ran (`before`) and after it ran (`after`). Also true if a resource stopped being secret between
 * these two states, because the router may have read its content while it was still secret.
 */
export function isCallRestricted({ caller, space, before }: Call, after = before): boolean {
  if (after.secretEnded > before.revision) return true;
  return isRestricted(caller, { space, state: before }) || isRestricted(caller, { space, state: after });
}

/** Publishes the outcome of a call on the diagnostics channel `flairgate:guard`. */
export function report(
  { guard, route, caller }: Pick<Call, 'guard' | 'route' | 'caller'>,
  outcome: GuardEvent['outcome'],
  reason: string,
  id?: string,
): void {
  const { type, dryRun } = guard;
  publishGuard({ type, route: route.name, identity: caller.identity, dryRun, outcome, reason, id });
}

/** Returns the query parameters of a request, read from the URL as it was sent. */
export function queryOf(req: Request): URLSearchParams {
  const at = req.url.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : req.url.slice(at + 1));
}

/**
 * Returns the name of the first query parameter that is not allowed. A parameter is not allowed if the route does not
 * declare it, if it is repeated, or if its value is not one of the declared values.
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
