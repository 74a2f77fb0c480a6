import type { OrganizationView } from '@flairgate/core';
import { type IdNamespace, isRestricted, type OwnershipSnapshot } from '@flairgate/core/internal';
import type { NextFunction, Request, Response } from 'express';
import { type GuardEvent, publishGuard } from './events.js';
import type { GuardedRoute } from './route-table.js';
import type { Interception } from './router/intercept.js';
import type { Guard } from './settings.js';

/** The run of the router behind the guard. */
export interface RouterRun {
  interception: Interception | undefined;
}

/** One request on its way through a guard. */
export interface Call {
  readonly guard: Guard;
  readonly req: Request;
  readonly res: Response;
  readonly next: NextFunction;
  /** The router's run. Its interception is set once it runs. */
  readonly run: RouterRun;
  readonly party: OrganizationView;
  readonly space: IdNamespace;
  readonly route: GuardedRoute;
  /** State of the type before anything was read. */
  readonly before: OwnershipSnapshot['state'];
}

/** Whether anything may be kept from the caller, then, now, or in between: something secret may have ended since. */
export function isCallRestricted({ party, space, before }: Call, after = before): boolean {
  if (after.secretEnded > before.revision) return true;
  return isRestricted(party, { space, state: before }) || isRestricted(party, { space, state: after });
}

/** Tells subscribers what became of the call. */
export function report(
  { guard, route, party }: Pick<Call, 'guard' | 'route' | 'party'>,
  outcome: GuardEvent['outcome'],
  reason: string,
  id?: string,
): void {
  const { type, dryRun } = guard;
  publishGuard({ type, route: route.name, identity: party.identity, dryRun, outcome, reason, id });
}

/** The query of a request, each parameter as it was sent. */
export function queryOf(req: Request): URLSearchParams {
  const at = req.url.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : req.url.slice(at + 1));
}

/** The first parameter the route does not take, or takes once only, or not with this value. */
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
