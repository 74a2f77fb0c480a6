import { OptionError } from '@flairgate/core';
import { assertKnownOptions, parseInteger } from '@flairgate/core/internal';
import type { Request } from 'express';
import type { Store } from 'express-rate-limit';
import { oneOf, optionalFunction, optionObject } from '../options.js';
import type { OrganizationOf } from '../request/request.js';
import { type LimitName, type LimitStores, type OnStoreFailure, parseLimitStores } from './limit-store.js';

/** Property that callers have in common if they are counted together. */
export type LimitBy = 'identity' | 'organization' | 'user' | 'address';

/** Options that exist both for a single limit and as defaults of a gate. */
interface RateLimitSizes {
  /**
   * Length of the window in seconds, from 1 to 86,400.
   * @default 60
   */
  readonly windowSeconds?: number | undefined;
  /**
   * Maximum number of calls in a window, from 1 to 1,000,000,000.
   * @default 1000
   */
  readonly limit?: number | undefined;
  /**
   * Maximum number of calls in a window for a key with the flair `bulk` (a mark in the key's name), from 1 to
   * 1,000,000,000. By default ten times `limit`.
   */
  readonly bulkLimit?: number | undefined;
  /**
   * Behavior while `store` is down: `local` counts in this process, `open` lets requests through, `closed` refuses them
   * with a 503 response.
   * @default 'local'
   */
  readonly onStoreFailure?: OnStoreFailure | undefined;
}

/** Defaults for all limits of a gate. */
export interface RateLimitDefaults extends RateLimitSizes {
  /** Store in which all limits are counted, such as `redisLimits`. By default the memory of this process. */
  readonly store?: LimitStores | undefined;
}

/** Options of `gate.rateLimit`. */
export interface RateLimitOptions extends RateLimitSizes {
  /**
   * Name of the limit in the `RateLimit` headers. If a request passes several limits, their names must differ.
   * @default 'calls'
   */
  readonly name?: string;
  /**
   * Property that callers have in common if they are counted together, or a function that returns the name of the count
   * for a request. With `identity`, a key and all its tokens share one count, which continues when the key is rotated.
   * Anonymous callers are counted by address, unless `by` is a function.
   * @default 'identity'
   */
  readonly by?: LimitBy | ((req: Request) => string);
  /**
   * Cost of a request: an integer of at least 0, where 0 is free. Use it for bulk operations, for example to count the
   * number of items.
   * @default 1
   */
  readonly cost?: number | ((req: Request) => number);
  /**
   * Function that returns the organization of a request. A caller gets `bulkLimit` if it has the flair `bulk` in this
   * organization. If `by` is `organization`, the calls are counted for this organization.
   *
   * Without this option, a caller gets `bulkLimit` if it has the flair in all its organizations. If `by` is
   * `organization`, the calls of a caller with exactly one organization are counted for that organization, and the
   * calls of other callers by identity.
   */
  readonly organization?: OrganizationOf;
  /**
   * Store in which this limit is counted: `redisLimits`, or a store for express-rate-limit that only this limit uses.
   * By default the gate's store for limits.
   */
  readonly store?: LimitStores | Store | undefined;
}

/** `RateLimitOptions` after parsing. */
export interface LimitRules {
  readonly name: string;
  readonly windowSeconds: number;
  readonly limit: number;
  readonly bulkLimit: number;
  readonly by: LimitBy | ((req: Request) => string);
  readonly costOf: (req: Request) => number;
  readonly organization: OrganizationOf | undefined;
  readonly store: Store | undefined;
  readonly onStoreFailure: OnStoreFailure;
}

const OVERRIDABLE = ['windowSeconds', 'limit', 'bulkLimit', 'store', 'onStoreFailure'] as const;
const RATE_LIMIT_OPTIONS = [...OVERRIDABLE, 'name', 'by', 'cost', 'organization'];
const POLICY_NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,31}$/;
const MAX_LIMIT = 1e9;
const MAX_WINDOW_SECONDS = 86_400;
const BULK_FACTOR = 10;

type Sizes = Pick<LimitRules, 'windowSeconds' | 'limit' | 'bulkLimit'>;

/**
 * Parses the defaults for all limits of a gate.
 *
 * @throws OptionError for an unknown option or a number out of range.
 */
export function parseLimitDefaults(where: string, options: RateLimitDefaults | undefined): RateLimitDefaults {
  const given = optionObject(where, options);
  assertKnownOptions(where, given, OVERRIDABLE);
  parseSizes(where, given);
  parseOnStoreFailure(where, given.onStoreFailure);
  parseLimitStores(`${where}.store`, given.store);
  return Object.freeze({ ...given });
}

/**
 * Parses the options of one limit.
 *
 * @throws OptionError for an unknown option, a bad name, or a number out of range.
 */
export function parseRateLimit(defaults: RateLimitDefaults, options: RateLimitOptions | undefined): LimitRules {
  const given = optionObject('rateLimit', options);
  assertKnownOptions('rateLimit', given, RATE_LIMIT_OPTIONS);
  const merged: RateLimitOptions = { ...defaults, ...withoutUndefined(given) };
  const sizes = parseSizes('rateLimit', merged);
  const name = parseLimitName('rateLimit', merged.name ?? 'calls');
  return Object.freeze({
    ...sizes,
    name,
    by: parseBy(merged.by),
    costOf: parseCost(merged.cost),
    organization: optionalFunction('rateLimit.organization', merged.organization),
    store: parseStore(merged.store, { name, windowSeconds: sizes.windowSeconds }),
    onStoreFailure: parseOnStoreFailure('rateLimit', merged.onStoreFailure),
  });
}

function parseOnStoreFailure(where: string, given: unknown): OnStoreFailure {
  return oneOf(`${where}.onStoreFailure`, given, ['local', 'open', 'closed']);
}

function parseStore(given: RateLimitOptions['store'], limit: LimitName): Store | undefined {
  if (typeof given === 'object' && given !== null && 'increment' in given) return given;
  return parseLimitStores('rateLimit.store', given)?.storeFor(limit);
}

/**
 * Parses `limit`, `bulkLimit` and `windowSeconds`. By default, `bulkLimit` is ten times `limit`, no matter if `limit`
 * was set for the whole gate or for one limit.
 */
function parseSizes(where: string, given: RateLimitSizes): Sizes {
  const limit = parseInteger(`${where}.limit`, given.limit, { least: 1, most: MAX_LIMIT, fallback: 1000 });
  const fallback = Math.min(limit * BULK_FACTOR, MAX_LIMIT);
  const bulkLimit = parseInteger(`${where}.bulkLimit`, given.bulkLimit, { least: 1, most: MAX_LIMIT, fallback });
  const window = { least: 1, most: MAX_WINDOW_SECONDS, fallback: 60 };
  return { limit, bulkLimit, windowSeconds: parseInteger(`${where}.windowSeconds`, given.windowSeconds, window) };
}

/**
 * Parses the name of a limit.
 *
 * @throws OptionError for a name that cannot be written unchanged in a `RateLimit` header.
 */
export function parseLimitName(where: string, given: unknown): string {
  if (typeof given === 'string' && POLICY_NAME.test(given)) return given;
  throw new OptionError(
    `${where}.name: must be a letter followed by at most 31 letters, digits, dots, dashes and underscores`,
  );
}

function parseBy(given: RateLimitOptions['by']): LimitRules['by'] {
  if (typeof given === 'function') return given;
  return oneOf('rateLimit.by', given, ['identity', 'organization', 'user', 'address']);
}

function parseCost(given: RateLimitOptions['cost']): LimitRules['costOf'] {
  if (typeof given === 'function') return given;
  const cost = parseInteger('rateLimit.cost', given, { least: 0, most: MAX_LIMIT, fallback: 1 });
  return () => cost;
}

function withoutUndefined<T extends object>(given: T): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;
}
