import { randomUUID } from 'node:crypto';
import { deny, OptionError } from '@flairgate/core';
import type { Request, RequestHandler, Response } from 'express';
import { type RateLimitRequestHandler, rateLimit } from 'express-rate-limit';
import { sendDenial, sendFault } from '../denial/send-denial.js';
import type { DenialOptions } from '../denial/serialize-denial.js';
import { publishFault } from '../events.js';
import type { CallerSlot } from '../request/caller-slot.js';
import { createBucketOf, type LimitBucket } from './limit-bucket.js';
import { guardLimitStore } from './limit-store.js';
import { createMemoryCounts, type LimitCounts } from './memory-counts.js';
import type { LimitRules } from './rate-limit-options.js';

/** Middleware that enforces a limit, and a function that stops the limit's timer. */
export interface RateLimit {
  readonly handler: RequestHandler;
  stop(): void;
}

/** Parts of one limit. */
interface Limiter {
  readonly rules: LimitRules;
  readonly store: LimitCounts;
  readonly bucketOf: (req: Request) => LimitBucket;
  readonly count: RateLimitRequestHandler;
}

/**
 * Creates a limit on calls, based on express-rate-limit. Windows are fixed and start with the first call that is
 * counted.
 *
 * Mount it after `authenticate`. If the same limit is mounted twice on the path of a request, the request is counted
 * once.
 */
export function createRateLimit(rules: LimitRules, style: DenialOptions & { readonly slot: CallerSlot }): RateLimit {
  const store = rules.store === undefined ? createMemoryCounts() : guardLimitStore(rules.store, rules.onStoreFailure);
  const bucketOf = createBucketOf(rules, style.slot);
  // The library sets this property on each request that it has counted. A WeakSet of requests would cost more than the
  // rest of the call, because the garbage collector scans it repeatedly.
  const mark = `flairgateLimit ${randomUUID()}`;
  const limiter: Limiter = { rules, store, bucketOf, count: createCounter({ rules, store, bucketOf, mark, style }) };
  const handler: RequestHandler = function limitCalls(req, res, next) {
    if (Object.hasOwn(req, mark)) {
      next();
      return;
    }
    const done = (error?: unknown) => (error === undefined ? next() : sendFault({ req, res, next }, error, style));
    spend(limiter, req, res, done);
  };
  return { handler, stop: () => void store.shutdown?.() };
}

/**
 * Counts a request. The library itself adds one hit and checks the limit. If the request costs more than one hit, this
 * function adds the other hits first.
 */
function spend(limiter: Limiter, req: Request, res: Response, done: (error?: unknown) => void): void {
  const cost = limiter.rules.costOf(req);
  if (cost === 0) done();
  else if (cost === 1) limiter.count(req, res, done);
  else if (!Number.isInteger(cost) || cost < 0) done(new OptionError('rateLimit.cost: must be an integer from 0'));
  else {
    addBefore(limiter, req, cost - 1)
      .then(() => limiter.count(req, res, done))
      .catch(done);
  }
}

async function addBefore({ rules, store, bucketOf }: Limiter, req: Request, more: number): Promise<void> {
  const { id, limit } = bucketOf(req);
  try {
    await store.incrementBy(id, Math.min(more, limit));
  } catch (error) {
    if (rules.onStoreFailure !== 'open') throw error;
  }
}

interface CounterParts extends Omit<Limiter, 'count'> {
  readonly mark: string;
  readonly style: DenialOptions;
}

function createCounter({ rules, store, bucketOf, mark, style }: CounterParts): RateLimitRequestHandler {
  const { name, windowSeconds } = rules;
  return rateLimit({
    windowMs: windowSeconds * 1000,
    limit: (req) => bucketOf(req).limit,
    keyGenerator: (req) => bucketOf(req).id,
    identifier: name,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    requestPropertyName: mark,
    passOnStoreError: rules.onStoreFailure === 'open',
    // The library's own checks and logger would print. This package checks the options itself, and publishes errors on
    // a diagnostics channel.
    validate: false,
    logger: { warn: (error) => void publishFault(error), error: (error) => void publishFault(error) },
    store,
    handler(req, res) {
      const policy = Object.freeze({ name, limit: bucketOf(req).limit, windowSeconds });
      const retryAfter = Math.max(1, Number(res.getHeader('Retry-After') ?? windowSeconds));
      sendDenial(req, res, deny('ERR_RATE_LIMITED', { members: { retryAfter, policy } }), style);
    },
  });
}
