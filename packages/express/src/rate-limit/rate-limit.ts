import { randomUUID } from 'node:crypto';
import { deny, OptionError } from '@flairgate/core';
import type { Request, RequestHandler, Response } from 'express';
import { type RateLimitInfo, type RateLimitRequestHandler, rateLimit, type Store } from 'express-rate-limit';
import { sendDenial, sendFault } from '../denial/send-denial.js';
import type { DenialOptions } from '../denial/serialize-denial.js';
import { publishFault } from '../events.js';
import type { CallerSlot } from '../request/caller-slot.js';
import { createBucketOf, type LimitBucket } from './limit-bucket.js';
import { addLimitHeaders, secondsLeft } from './limit-headers.js';
import { guardLimitStore } from './limit-store.js';
import { createMemoryCounts, type LimitCounts } from './memory-counts.js';
import type { LimitRules } from './rate-limit-options.js';

/** Middleware that enforces a limit, and a function that stops the limit's timer. */
export interface RateLimit {
  readonly handler: RequestHandler;
  stop(): void;
}

/** A request that is being counted: its bucket, and the number of hits that it costs. */
interface Counting {
  readonly bucket: LimitBucket;
  readonly hits: number;
}

/** Parts of one limit. */
interface Limiter {
  readonly rules: LimitRules;
  readonly store: LimitCounts;
  /** Name of the property that express-rate-limit sets on each request that it has counted. */
  readonly mark: string;
  /**
   * Symbol of the property in which a request keeps its {@link Counting}. The property is needed because
   * express-rate-limit passes only the request to its callbacks.
   */
  readonly counting: symbol;
  readonly style: DenialOptions;
}

/**
 * Creates a limit on calls, based on express-rate-limit. Windows have a fixed length. A window starts with the first
 * call that is counted.
 *
 * Mount the middleware after `authenticate`. If the same limit is mounted twice on the path of a request, the request
 * is counted once. A request that costs several hits calls the store once, unless the store can only add one hit at a
 * time.
 */
export function createRateLimit(rules: LimitRules, style: DenialOptions & { readonly slot: CallerSlot }): RateLimit {
  const store = rules.store === undefined ? createMemoryCounts() : guardLimitStore(rules.store, rules.onStoreFailure);
  const bucketOf = createBucketOf(rules, style.slot);
  // A request's state is stored in two of its own properties, `mark` and `counting`. A WeakSet of requests would cost
  // more than the rest of the call, because the garbage collector scans the WeakSet repeatedly.
  const mark = `flairgateLimit ${randomUUID()}`;
  const limiter: Limiter = { rules, store, mark, counting: Symbol('counting'), style };
  const count = createCounter(limiter);
  const handler: RequestHandler = function limitCalls(req, res, next) {
    const cost = Object.hasOwn(req, mark) ? 0 : rules.costOf(req);
    if (cost === 0) {
      next();
      return;
    }
    const fail = (error: unknown) => sendFault({ req, res, next }, error, style);
    if (!Number.isInteger(cost) || cost < 0) {
      fail(new OptionError('rateLimit.cost: must be an integer from 0'));
      return;
    }
    const bucket = bucketOf(req);
    // A request that costs more than the limit is refused, so one hit more than the limit is enough.
    const counting: Counting = { bucket, hits: Math.min(cost, bucket.limit + 1) };
    asRecord(req)[limiter.counting] = counting;
    count(req, res, (error?: unknown) => {
      if (error !== undefined) return fail(error);
      showCount(limiter, req, res);
      next();
    });
  };
  return { handler, stop: () => void store.shutdown?.() };
}

/**
 * Returns the request with a type that allows assignments to symbol properties. An assignment costs less than
 * `Reflect.set`.
 */
function asRecord(req: Request): Record<symbol, Counting> {
  return req as object as Record<symbol, Counting>;
}

function countingOf(req: Request, { counting }: Limiter): Counting {
  return Reflect.get(req, counting);
}

/**
 * Adds the `RateLimit` headers to the response, and returns the request's count. Returns undefined and adds nothing if
 * the request was not counted because the store is down.
 */
function showCount(limiter: Limiter, req: Request, res: Response): RateLimitInfo | undefined {
  const counted: RateLimitInfo | undefined = Reflect.get(req, limiter.mark);
  if (counted !== undefined) addLimitHeaders(res, limiter.rules, countingOf(req, limiter).bucket.policy, counted);
  return counted;
}

function createCounter(limiter: Limiter): RateLimitRequestHandler {
  const { rules, store, mark, style } = limiter;
  const { name, windowSeconds } = rules;
  return rateLimit({
    windowMs: windowSeconds * 1000,
    limit: (req) => countingOf(req, limiter).bucket.limit,
    keyGenerator: (req) => toCountKey(countingOf(req, limiter)),
    // `showCount` sets the headers.
    standardHeaders: false,
    legacyHeaders: false,
    requestPropertyName: mark,
    passOnStoreError: rules.onStoreFailure === 'open',
    // The library's own checks and logger would print. This package checks the options itself, and publishes errors on
    // a diagnostics channel.
    validate: false,
    logger: { warn: (error) => void publishFault(error), error: (error) => void publishFault(error) },
    store: withCosts(store),
    handler(req, res) {
      const left = secondsLeft(rules, showCount(limiter, req, res)?.resetTime);
      const policy = Object.freeze({ name, limit: countingOf(req, limiter).bucket.limit, windowSeconds });
      sendDenial(req, res, deny('ERR_RATE_LIMITED', { members: { retryAfter: Math.max(1, left), policy } }), style);
    },
  });
}

/** Separates the id of a bucket from the number of hits. No id contains it. */
const SEPARATOR = ' ';

/**
 * Returns the key that express-rate-limit passes to the store. The key contains the number of hits if that is not 1.
 */
function toCountKey({ bucket, hits }: Counting): string {
  return hits === 1 ? bucket.id : `${bucket.id}${SEPARATOR}${hits}`;
}

/**
 * Returns a store whose `increment` reads the number of hits from the key and adds all of them. express-rate-limit
 * itself adds only one hit for each request.
 */
function withCosts(store: LimitCounts): Store {
  return {
    ...store,
    increment(key) {
      const at = key.indexOf(SEPARATOR);
      return at < 0 ? store.increment(key) : store.incrementBy(key.slice(0, at), Number(key.slice(at + 1)));
    },
  };
}
