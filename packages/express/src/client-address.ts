import { isIPv4 } from 'node:net';
import type { Request } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';

/** One IPv6 subscriber has a /64 at least, so a smaller step would give them addresses without end. */
const IPV6_PREFIX_BITS = 64;

const MAPPED = '::ffff:';

/**
 * Gives the address of the caller: of the socket, or, where the app declares `trust proxy`, what Express makes of it.
 *
 * `trust proxy: true` believes whatever a client writes into `X-Forwarded-For` and therefore counts as undeclared:
 * write the number of proxies or their addresses instead.
 */
export function clientAddress(req: Request): string | undefined {
  const trust: unknown = req.app.get('trust proxy');
  return trust && trust !== true ? req.ip : req.socket.remoteAddress;
}

/** Gives the name under which refusals of an address are counted: IPv4 in either spelling whole, IPv6 by its /64. */
export function addressBucket(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  if (address.startsWith(MAPPED)) {
    const rest = address.slice(MAPPED.length);
    if (isIPv4(rest)) return rest;
  }
  return ipKeyGenerator(address, IPV6_PREFIX_BITS);
}

/** Addresses whose bucket is remembered. */
const MAX_REMEMBERED = 10_000;

/** Gives a function of an address a memory: parsing an IPv6 address costs more than answering its request. */
export function rememberForAddress(work: (address: string | undefined) => string): typeof work {
  const known = new Map<string, string>();
  return function remembered(address) {
    if (address === undefined) return work(address);
    const seen = known.get(address);
    if (seen !== undefined) return seen;
    const made = work(address);
    if (known.size >= MAX_REMEMBERED) known.clear();
    known.set(address, made);
    return made;
  };
}
