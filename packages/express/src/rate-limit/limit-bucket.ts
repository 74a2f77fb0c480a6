import { hash } from 'node:crypto';
import type { Principal } from '@flairgate/core';
import type { Request } from 'express';
import type { CallerSlot } from '../request/caller-slot.js';
import { originOf } from '../request/client-address.js';
import { maybeCaller } from '../request/kept-caller.js';
import { type AddressBuckets, createAddressBuckets } from './address-buckets.js';
import { policyHeader } from './limit-headers.js';
import type { LimitRules } from './rate-limit-options.js';

/** The bucket in which a request is counted, and the bucket's limit. */
export interface LimitBucket {
  /** Opaque id, which reveals no identity, key or address. It is the same in every process. */
  readonly id: string;
  readonly limit: number;
  /** Value of the header `RateLimit-Policy`. */
  readonly policy: string;
}

/** Number of base64url characters of a bucket id, which encode 132 bits of a digest. */
const ID_CHARACTERS = 22;

/**
 * Creates the function that returns the bucket for a request.
 *
 * Usually calls are counted by identity. The bucket is then computed once for each principal.
 */
export function createBucketOf(rules: LimitRules, slot: CallerSlot): (req: Request) => LimitBucket {
  const known = new WeakMap<Principal, LimitBucket>();
  const addresses = createAddressBuckets(rules.windowSeconds);
  const create = (req: Request, principal: Principal | undefined): LimitBucket => {
    const id = bucketIdOf(rules.name, countedName(rules, addresses, req, principal));
    const limit = limitOf(rules, req, principal);
    return Object.freeze({ id, limit, policy: policyHeader(rules, id, limit) });
  };
  return function bucketOf(req) {
    const principal = maybeCaller(req, slot);
    if (principal === undefined || rules.by !== 'identity' || rules.organization !== undefined) {
      return create(req, principal);
    }
    const seen = known.get(principal);
    if (seen !== undefined) return seen;
    const bucket = create(req, principal);
    known.set(principal, bucket);
    return bucket;
  };
}

/** Returns the id of a bucket: a digest that does not reveal which caller is counted in it. */
export function bucketIdOf(name: string, counted: string): string {
  return hash('sha256', `flairgate limit ${name} ${counted}`, 'base64url').slice(0, ID_CHARACTERS);
}

function countedName(
  rules: LimitRules,
  addresses: AddressBuckets,
  req: Request,
  principal: Principal | undefined,
): string {
  if (typeof rules.by === 'function') return `custom ${rules.by(req)}`;
  if (principal === undefined || rules.by === 'address') return `address ${addresses.add(originOf(req).countedAs)}`;
  if (rules.by === 'user' && principal.uid !== undefined) {
    // Keys with the flair `bulk` are counted separately. Otherwise their calls would use up the lower limit of the
    // user's other keys.
    return isBulk(rules, req, principal) ? `bulk user ${principal.uid}` : `user ${principal.uid}`;
  }
  const oid = rules.by === 'organization' ? ownOrganization(rules, req, principal) : undefined;
  return oid === undefined ? `identity ${principal.identity}` : `organization ${oid}`;
}

/**
 * Returns the organization in whose bucket the request is counted. Returns undefined if the caller does not belong to
 * that organization, so that no caller can use up another organization's calls.
 */
function ownOrganization({ organization }: LimitRules, req: Request, principal: Principal): string | undefined {
  const { organizations } = principal;
  const oid = organization === undefined && organizations.length === 1 ? organizations[0] : organization?.(req);
  return typeof oid === 'string' ? principal.in(oid)?.oid : undefined;
}

function limitOf(rules: LimitRules, req: Request, principal: Principal | undefined): number {
  return principal !== undefined && isBulk(rules, req, principal) ? rules.bulkLimit : rules.limit;
}

function isBulk({ organization }: LimitRules, req: Request, principal: Principal): boolean {
  const oid = organization?.(req);
  const counted = typeof oid === 'string' ? [oid] : principal.organizations;
  return counted.length > 0 && counted.every((one) => principal.in(one)?.flairs.includes('bulk') === true);
}
