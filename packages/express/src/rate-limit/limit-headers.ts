import { hash } from 'node:crypto';
import type { Response } from 'express';
import type { RateLimitInfo } from 'express-rate-limit';
import type { LimitRules } from './rate-limit-options.js';

/** Number of digest characters with which the header `RateLimit-Policy` identifies a bucket. */
const PARTITION_CHARACTERS = 12;

/**
 * Returns the value of the header `RateLimit-Policy` for a bucket. The value is the same for every request of the
 * bucket, so it is computed once for each principal. express-rate-limit itself would compute it for every request.
 *
 * @see draft-ietf-httpapi-ratelimit-headers-08 §3
 */
export function policyHeader({ name, windowSeconds }: LimitRules, bucketId: string, limit: number): string {
  const partition = hash('sha256', bucketId, 'hex').slice(0, PARTITION_CHARACTERS);
  return `"${name}"; q=${limit}; w=${windowSeconds}; pk=:${Buffer.from(partition).toString('base64')}:`;
}

/** Returns the number of seconds until a window ends. */
export function secondsLeft({ windowSeconds }: LimitRules, resetTime: Date | undefined): number {
  if (resetTime === undefined) return windowSeconds;
  return Math.max(0, Math.ceil((resetTime.getTime() - Date.now()) / 1000));
}

/**
 * Adds the headers `RateLimit` and `RateLimit-Policy`. If several limits count a request, the response has both headers
 * for each of these limits.
 */
export function addLimitHeaders(res: Response, rules: LimitRules, policy: string, counted: RateLimitInfo): void {
  if (res.headersSent) return;
  const left = secondsLeft(rules, counted.resetTime);
  addHeader(res, 'RateLimit', `"${rules.name}"; r=${counted.remaining}; t=${left}`);
  addHeader(res, 'RateLimit-Policy', policy);
}

function addHeader(res: Response, name: string, value: string): void {
  const before = res.getHeader(name);
  res.setHeader(name, before === undefined ? value : [before, value].flat().map(String));
}
