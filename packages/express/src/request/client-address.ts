import type { IncomingMessage } from 'node:http';
import { isIP, isIPv4, isIPv6 } from 'node:net';
import type { Request } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';

/** One IPv6 subscriber has a /64 at least, so a smaller step would give them addresses without end. */
const IPV6_PREFIX_BITS = 64;

const MAPPED = '::ffff:';

/** A request of Express, or one that never came to an app: an upgrade. */
export type AnyRequest = IncomingMessage &
  Partial<Pick<Request, 'app' | 'baseUrl' | 'originalUrl' | 'params' | 'route'>>;

/** Where a request comes from. */
export interface Origin {
  /** Address of the caller, for address ranges; undefined where it is not known. */
  readonly address: string | undefined;
  /** Address whose limits the caller shares: its own, or that of the proxy which did not say where it is. */
  readonly countedAs: string | undefined;
}

/**
 * Returns the address of the caller: of the socket, or, where the app declares `trust proxy`, what its proxies say in
 * `X-Forwarded-For`. Undefined where they say something that is no address.
 *
 * `1.2.3.4:5678`, `[2001:db8::1]`, `[2001:db8::1]:5678` and either in quotes are read as the address in them.
 * `trust proxy: true` believes whatever a client writes into `X-Forwarded-For` and therefore counts as undeclared:
 * write the number of proxies or their addresses instead.
 */
export function clientAddress(req: AnyRequest): string | undefined {
  return originOf(req).address;
}

/** Returns where a request comes from, for ranges and for limits. */
export function originOf(req: AnyRequest): Origin {
  const own = req.socket.remoteAddress;
  const trust: unknown = req.app?.get('trust proxy');
  const isProxy: unknown = trust && trust !== true ? req.app?.get('trust proxy fn') : undefined;
  return isTrust(isProxy) ? forwardedOrigin(req, own, isProxy) : { address: own, countedAs: own };
}

/** What Express makes of the setting `trust proxy`, by proxy-addr. */
type Trust = (address: string, hop: number) => unknown;

function isTrust(value: unknown): value is Trust {
  return typeof value === 'function';
}

/** Goes back from the socket, from proxy to proxy, to the first address that is none of theirs. */
function forwardedOrigin({ headers }: AnyRequest, own: string | undefined, isProxy: Trust): Origin {
  const sent = headers['x-forwarded-for'];
  const said = (Array.isArray(sent) ? sent.join(',') : (sent ?? '')).split(',').map((part) => part.trim());
  let address = own;
  for (const [hop, text] of said
    .filter((part) => part !== '')
    .reverse()
    .entries()) {
    if (!isProxy(address ?? '', hop)) break;
    const next = parseAddress(text);
    if (next === undefined) return { address: undefined, countedAs: address };
    address = next;
  }
  return { address, countedAs: address };
}

const V4_PORT = /^([\d.]+):\d{1,5}$/;
const V6_PORT = /^\[([^\]]+)\](?::\d{1,5})?$/;

/** Reads an address, without the port, brackets and quotes that proxies put on it; undefined for any other text. */
export function parseAddress(text: string): string | undefined {
  const bare = /^"(.*)"$/.exec(text)?.[1] ?? text;
  if (isIP(bare) !== 0) return bare;
  const v4 = V4_PORT.exec(bare)?.[1];
  if (v4 !== undefined) return isIPv4(v4) ? v4 : undefined;
  const v6 = V6_PORT.exec(bare)?.[1];
  return v6 !== undefined && isIPv6(v6) ? v6 : undefined;
}

/** Gives the name under which refusals of an address are counted: IPv4 in either spelling whole, IPv6 by its /64. */
export function addressBucket(address: string | undefined): string {
  if (address === undefined || isIP(address) === 0) return 'unknown';
  if (address.toLowerCase().startsWith(MAPPED)) {
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
