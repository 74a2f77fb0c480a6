import { randomBytes } from 'node:crypto';
import type { AuthenticatorOptions, Denial, RefusedCaller } from '@flairgate/core';
import { createRefusalLog, type RefusalLog } from '@flairgate/core/administration';
import { type AnyRequest, addressBucket, originOf } from '../request/client-address.js';
import { type CallerSlot, maybeCaller } from '../request/kept-caller.js';

/** Opens the log of a gate; undefined where the audit is another Flairgate's. */
export function openRefusalLog({
  store,
  clock,
}: Pick<AuthenticatorOptions, 'store' | 'clock'>): RefusalLog | undefined {
  if ('kind' in store) return undefined;
  return createRefusalLog({ store, now: clock?.wall ?? Date.now, random: randomBytes });
}

/** The caller that was refused, where it is known: its credential was good, here or for other routes. */
export function refusedCaller(
  req: AnyRequest,
  { caller }: Denial,
  slot: CallerSlot | undefined,
): RefusedCaller | undefined {
  return (slot === undefined ? undefined : maybeCaller(req, slot)) ?? caller;
}

/** A refusal to note. `caller` is undefined for an anonymous one. */
export interface NotedRefusal {
  readonly req: AnyRequest;
  readonly caller: RefusedCaller | undefined;
  readonly denial: Denial;
}

/** Notes the refusal of a known caller. An anonymous one leaves no row: a garbage key must cost no write. */
export function auditDenial(log: RefusalLog, { req, caller, denial }: NotedRefusal): void {
  if (caller === undefined) return;
  log.note({ caller, denial, address: addressBucket(originOf(req).countedAs), target: targetOf(req) });
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A route's path of which each segment stands for one of the request's. */
const PLAIN_ROUTE = /^[^*?+(){}[\]|]*$/;

/** Method and pattern of the path, with names in place of values: a value may be a secret, and has no bound. */
function targetOf(req: AnyRequest): string {
  const route: unknown = req.route?.path;
  const pattern = route === undefined ? '' : String(route);
  const path = `${mountOf(req, pattern)}${pattern}`;
  return `${req.method} ${path === '' ? '/' : path}`;
}

/**
 * Where what refuses is mounted, as a pattern: only what stands before the route. An error handler under a path finds
 * that path in `baseUrl` also where the route, mounted above it, has it in its own.
 */
function mountOf(req: AnyRequest, pattern: string): string {
  const names = new Map(Object.entries(req.params ?? {}).map(([name, value]) => [String(value), `:${name}`]));
  const mount = segmentsOf(req.baseUrl ?? '');
  const before = segmentsOf(req.originalUrl ?? '').length - segmentsOf(pattern).length;
  const kept = PLAIN_ROUTE.test(pattern) ? mount.slice(0, Math.max(0, before)) : mount;
  return kept.map((part) => `/${names.get(decoded(part)) ?? (UUID.test(part) ? ':id' : part)}`).join('');
}

function segmentsOf(url: string): readonly string[] {
  return (url.split('?', 1)[0] ?? '').split('/').filter((part) => part !== '');
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
