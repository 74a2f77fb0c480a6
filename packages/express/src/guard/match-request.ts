import type { deny, OrganizationView, Principal } from '@flairgate/core';
import type { Request } from 'express';
import { organizationOf } from '../require-permissions.js';
import { publishGuard } from './events.js';
import { type Matched, matchRoute } from './route-table.js';
import type { Guard } from './settings.js';

/** Returns the route of a request, treating `HEAD` as `GET`. */
export function matchRequest(guard: Guard, req: Request): Matched | undefined {
  return matchRoute(guard.routes, req.method === 'HEAD' ? 'GET' : req.method, req.url, guard.isId);
}

/**
 * Returns the caller with its rights in the request's organization. Returns undefined if the caller does not belong to
 * that organization, and a refusal if the organization cannot be determined.
 */
export function callerFor(
  { organization, idScope }: Guard,
  req: Request,
  principal: Principal,
): OrganizationView | ReturnType<typeof deny> | undefined {
  const inPath = idScope === 'routed' && typeof req.params.oid === 'string' ? () => req.params.oid : undefined;
  const oid = organizationOf(req, principal, organization ?? inPath);
  return typeof oid === 'string' ? principal.in(oid) : oid;
}

/** Publishes that a request's route is not in the table. */
export function reportUnguarded({ type, dryRun }: Guard, req: Request, { identity }: Principal): void {
  const route = `${req.method} ${req.url.split('?', 1)[0] ?? ''}`;
  publishGuard({ type, route, identity, dryRun, outcome: 'refuse', reason: 'ERR_ROUTE_UNGUARDED' });
}
