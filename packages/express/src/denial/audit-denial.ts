import { randomBytes } from 'node:crypto';
import type { Denial, RefusedCaller } from '@flairgate/core';
import { createRefusalLog, type RefusalLog } from '@flairgate/core/administration';
import type { Store } from '@flairgate/core/store';
import type { CallerSlot } from '../request/caller-slot.js';
import { type AnyRequest, addressBucket, originOf } from '../request/client-address.js';
import { maybeCaller } from '../request/kept-caller.js';

/** Opens the log of refusals of a gate; undefined if the audit belongs to another Flairgate. */
export function openRefusalLog(store: Store | undefined, now: () => number): RefusalLog | undefined {
  return store === undefined ? undefined : createRefusalLog({ store, now, random: randomBytes });
}

/** Returns the caller that was refused, if its credential is valid, here or on other routes. */
export function refusedCaller(
  req: AnyRequest,
  { caller }: Denial,
  slot: CallerSlot | undefined,
): RefusedCaller | undefined {
  return (slot === undefined ? undefined : maybeCaller(req, slot)) ?? caller;
}

/** Refusal to write to the audit. `caller` is undefined for an anonymous one. */
export interface NotedRefusal {
  readonly req: AnyRequest;
  readonly caller: RefusedCaller | undefined;
  readonly denial: Denial;
}

/**
 * Writes the refusal of a known caller to the audit. An anonymous refusal leaves no row: a request with a random key
 * must cost no write.
 */
export function auditDenial(log: RefusalLog, { req, caller, denial }: NotedRefusal): void {
  if (caller === undefined) return;
  log.note({ caller, denial, address: addressBucket(originOf(req).countedAs), target: targetOf(req) });
}

const UUID_SEGMENT = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Path of a route in which each segment matches one segment of the request. */
const PLAIN_ROUTE = /^[^*?+(){}[\]|]*$/;

/**
 * Returns method and path pattern of a request. Parameters appear by name: a value can be a secret, and has no maximum
 * length.
 */
export function targetOf(req: AnyRequest): string {
  const route: unknown = req.route?.path;
  const pattern = route === undefined ? '' : String(route);
  const path = `${mountOf(req, pattern)}${pattern}`;
  return `${req.method} ${path === '' ? '/' : path}`;
}

/**
 * Returns the mount path of the middleware that refuses, as a pattern, without what belongs to the route. In an error
 * handler under a path, `baseUrl` has that path even if it is also part of the path of the route.
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
