import { OptionError } from '@flairgate/core';
import { assertKnownOptions } from '@flairgate/core/internal';
import type { Request } from 'express';
import type { Store } from 'express-rate-limit';
import { oneOf, optionalFunction, optionObject, wholeNumber } from '../options.js';
import type { OrganizationOf } from '../require-permissions.js';
import { type LimitName, type LimitStores, type OnStoreFailure, parseLimitStores } from './limit-store.js';

/** Whose calls are counted together. */
export type LimitBy = 'identity' | 'organization' | 'user' | 'address';

/** What a limit and the defaults of a gate both say. */
interface RateLimitSizes {
  /** Length of the window in seconds. Default 60. */
  readonly windowSeconds?: number | undefined;
  /** Calls in a window. Default 1000. */
  readonly limit?: number | undefined;
  /** Calls in a window for a key with the flair `bulk`. Default ten times `limit`. */
  readonly bulkLimit?: number | undefined;
  /** What happens while `store` is down: count in this process, let pass, or answer 503. Default `local`. */
  readonly onStoreFailure?: OnStoreFailure | undefined;
}

/** What every limit of a gate starts from that does not say otherwise. */
export interface RateLimitDefaults extends RateLimitSizes {
  /** Where every limit counts, such as `redisLimits`. Default: the memory of this process. */
  readonly store?: LimitStores | undefined;
}

/** Options of `gate.rateLimit`. */
export interface RateLimitOptions extends RateLimitSizes {
  /** Name of the limit in the `RateLimit` fields. Default `calls`. Each limit a request passes needs its own. */
  readonly name?: string;
  /**
   * Whose calls are counted together, or a function that gives the name of the count. Default `identity`: the
   * credential, through rotation and however many tokens. Anonymous callers are always counted by address.
   */
  readonly by?: LimitBy | ((req: Request) => string);
  /** What a request costs, as a whole number. Default 1; 0 is free. A bulk operation costs what it holds. */
  readonly cost?: number | ((req: Request) => number);
  /** Names the organization whose flairs count. Default: every organization of the caller must have `bulk`. */
  readonly organization?: OrganizationOf;
  /** Where it counts: `redisLimits`, or a store of express-rate-limit for this limit alone. Default: the gate's. */
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

const DEFAULTS = ['windowSeconds', 'limit', 'bulkLimit', 'store', 'onStoreFailure'] as const;
const NAMES = [...DEFAULTS, 'name', 'by', 'cost', 'organization'];
const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,31}$/;
const MAX_LIMIT = 1e9;
const MAX_WINDOW_SECONDS = 86_400;
const BULK_FACTOR = 10;

type Sizes = Pick<LimitRules, 'windowSeconds' | 'limit' | 'bulkLimit'>;

/**
 * Reads what every limit of a gate starts from.
 *
 * @throws OptionError
 */
export function parseLimitDefaults(where: string, options: RateLimitDefaults | undefined): RateLimitDefaults {
  const given = optionObject(where, options);
  assertKnownOptions(where, given, DEFAULTS);
  parseSizes(where, given);
  parseOnStoreFailure(where, given.onStoreFailure);
  parseLimitStores(`${where}.store`, given.store);
  return Object.freeze({ ...given });
}

/**
 * Reads the options of one limit.
 *
 * @throws OptionError for an unknown option, a bad name, or a number out of its range.
 */
export function parseRateLimit(defaults: RateLimitDefaults, options: RateLimitOptions | undefined): LimitRules {
  const given = optionObject('rateLimit', options);
  assertKnownOptions('rateLimit', given, NAMES);
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

/** The bulk limit follows the limit in force, wherever that one was given. */
function parseSizes(where: string, given: RateLimitSizes): Sizes {
  const limit = wholeNumber(`${where}.limit`, given.limit, { least: 1, most: MAX_LIMIT, fallback: 1000 });
  const fallback = Math.min(limit * BULK_FACTOR, MAX_LIMIT);
  const bulkLimit = wholeNumber(`${where}.bulkLimit`, given.bulkLimit, { least: 1, most: MAX_LIMIT, fallback });
  const window = { least: 1, most: MAX_WINDOW_SECONDS, fallback: 60 };
  return { limit, bulkLimit, windowSeconds: wholeNumber(`${where}.windowSeconds`, given.windowSeconds, window) };
}

/** @throws OptionError for what cannot stand as it is in a `RateLimit` field. */
export function parseLimitName(where: string, given: unknown): string {
  if (typeof given === 'string' && NAME.test(given)) return given;
  throw new OptionError(`${where}.name: write a word of at most 32 letters, digits, dots, dashes and underscores`);
}

function parseBy(given: RateLimitOptions['by']): LimitRules['by'] {
  if (typeof given === 'function') return given;
  return oneOf('rateLimit.by', given, ['identity', 'organization', 'user', 'address']);
}

function parseCost(given: RateLimitOptions['cost']): LimitRules['costOf'] {
  if (typeof given === 'function') return given;
  const cost = wholeNumber('rateLimit.cost', given, { least: 0, most: MAX_LIMIT, fallback: 1 });
  return () => cost;
}

function withoutUndefined<T extends object>(given: T): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;
}
