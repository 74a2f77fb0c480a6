import { randomUUID } from 'node:crypto';
import { deny, OptionError } from '@flairgate/core';
import type { Request, RequestHandler, Response } from 'express';
import { type RateLimitRequestHandler, rateLimit } from 'express-rate-limit';
import { sendDenial, sendFault } from '../denial/send-denial.js';
import type { DenialOptions } from '../denial/serialize-denial.js';
import { publishFault } from '../events.js';
import type { CallerSlot } from '../request/kept-caller.js';
import { createBucketOf, type LimitBucket } from './limit-bucket.js';
import { guardLimitStore } from './limit-store.js';
import { type LimitCounts, memoryCounts } from './memory-counts.js';
import type { LimitRules } from './rate-limit-options.js';

/** A mounted limit and how to stop it. */
export interface RateLimit {
  readonly handler: RequestHandler;
  stop(): void;
}

/** One limit at work. */
interface Limiter {
  readonly rules: LimitRules;
  readonly store: LimitCounts;
  readonly bucketOf: (req: Request) => LimitBucket;
  readonly count: RateLimitRequestHandler;
}

/**
 * Makes a call limit over express-rate-limit: fixed windows that start with the first call counted.
 *
 * Mount it behind `authenticate`. Mounted twice on one way, it counts a request once.
 */
export function createRateLimit(rules: LimitRules, style: DenialOptions & { readonly slot: CallerSlot }): RateLimit {
  const store = rules.store === undefined ? memoryCounts() : guardLimitStore(rules.store, rules.onStoreFailure);
  const bucketOf = createBucketOf(rules, style.slot);
  // What the library writes to each request it counted, under a name of this limit's own. A WeakSet of requests would
  // cost more than all the rest: the collector looks through it again and again.
  const mark = `flairgateLimit ${randomUUID()}`;
  const limiter: Limiter = { rules, store, bucketOf, count: createCounter({ rules, store, bucketOf, mark, style }) };
  const handler: RequestHandler = function limitCalls(req, res, next) {
    if (Object.hasOwn(req, mark)) {
      next();
      return;
    }
    const done = (error?: unknown) => (error === undefined ? next() : sendFault(req, res, next, error, style));
    spend(limiter, req, res, done);
  };
  return { handler, stop: () => void store.shutdown?.() };
}

/** The library adds one to the count and judges; what a request costs beyond one is added before. */
function spend(limiter: Limiter, req: Request, res: Response, done: (error?: unknown) => void): void {
  const cost = limiter.rules.costOf(req);
  if (cost === 0) done();
  else if (cost === 1) limiter.count(req, res, done);
  else if (!Number.isInteger(cost) || cost < 0) done(new OptionError('rateLimit.cost: give a whole number, 0 or more'));
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
    // The library's checks and its logger print; ours are the options parser and the diagnostics channel.
    validate: false,
    logger: { warn: publishFault, error: publishFault },
    store,
    handler(req, res) {
      const policy = Object.freeze({ name, limit: bucketOf(req).limit, windowSeconds });
      const retryAfter = Math.max(1, Number(res.getHeader('Retry-After') ?? windowSeconds));
      sendDenial(req, res, deny('ERR_RATE_LIMITED', { members: { retryAfter, policy } }), style);
    },
  });
}
