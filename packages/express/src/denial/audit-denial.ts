import { randomBytes } from 'node:crypto';
import type { Denial, RefusedCaller } from '@flairgate/core';
import { createRefusalLog, type RefusalLog } from '@flairgate/core/administration';
import type { Store } from '@flairgate/core/store';
import type { CallerSlot } from '../request/caller-slot.js';
import { type AnyRequest, addressBucket, originOf } from '../request/client-address.js';
import { maybeCaller } from '../request/kept-caller.js';

/**
 * Creates the log in which the gate records refusals. Returns undefined if the gate has no store of its own. Such a
 * gate asks another Flairgate service about each credential, and that service keeps the audit log.
 */
export function openRefusalLog(store: Store | undefined, now: () => number): RefusalLog | undefined {
  return store === undefined ? undefined : createRefusalLog({ store, now, random: randomBytes });
}

/**
 * Returns the caller that was refused. Returns undefined if no valid credential was found. A valid credential counts
 * even if this route does not accept it.
 */
export function refusedCaller(
  req: AnyRequest,
  { caller }: Denial,
  slot: CallerSlot | undefined,
): RefusedCaller | undefined {
  return (slot === undefined ? undefined : maybeCaller(req, slot)) ?? caller;
}

/** A refusal for the audit log. `caller` is undefined for an anonymous caller. */
export interface NotedRefusal {
  readonly req: AnyRequest;
  readonly caller: RefusedCaller | undefined;
  readonly denial: Denial;
}

/**
 * Writes the refusal of a known caller to the audit log. The refusal of an anonymous caller is not written, so that
 * requests with random keys cause no writes.
 */
export function auditDenial(log: RefusalLog, { req, caller, denial }: NotedRefusal): void {
  if (caller === undefined) return;
  log.note({ caller, denial, address: addressBucket(originOf(req).countedAs), target: targetOf(req) });
}

const UUID_SEGMENT = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Matches route paths without wildcards, groups and optional parts. Each segment of such a path matches exactly one
 * segment of the request's path.
 */
const PLAIN_ROUTE = /^[^*?+(){}[\]|]*$/;

/**
 * Returns a request's method and path pattern. Path parameters appear by name and not by value, because a value can be
 * a secret and has no maximum length.
 */
export function targetOf(req: AnyRequest): string {
  const route: unknown = req.route?.path;
  const pattern = route === undefined ? '' : String(route);
  const path = `${mountOf(req, pattern)}${pattern}`;
  return `${req.method} ${path === '' ? '/' : path}`;
}

/**
 * Returns the path at which the refusing middleware is mounted, as a pattern.
 *
 * In an error handler that is mounted under a path, `baseUrl` can repeat segments of the route's own path. Segments
 * that the route's path already contains are left out.
 */
function mountOf(req: AnyRequest, pattern: string): string {
  const names = new Map(Object.entries(req.params ?? {}).map(([name, value]) => [String(value), `:${name}`]));
  const mount = segmentsOf(req.baseUrl ?? '');
  const before = segmentsOf(req.originalUrl ?? '').length - segmentsOf(pattern).length;
  const kept = PLAIN_ROUTE.test(pattern) ? mount.slice(0, Math.max(0, before)) : mount;
  return kept.map((part) => `/${names.get(decodedPart(part)) ?? (UUID_SEGMENT.test(part) ? ':id' : part)}`).join('');
}

function segmentsOf(url: string): readonly string[] {
  return (url.split('?', 1)[0] ?? '').split('/').filter((part) => part !== '');
}

function decodedPart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
