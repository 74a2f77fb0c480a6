import type { IncomingMessage } from 'node:http';
import { isIP, isIPv4, isIPv6 } from 'node:net';
import type { Request } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';
import { LRUCache } from 'lru-cache';
import { findProxyTrust, forwardedAddresses, type IsProxy, type ProxyHeader, type ProxyTrust } from './proxy-trust.js';

/**
 * Prefix length by which IPv6 addresses are counted. A subscriber has at least a /64. With a longer prefix, one
 * subscriber would have an unlimited number of addresses that are counted separately.
 */
const IPV6_PREFIX_BITS = 64;

const MAPPED = '::ffff:';

/** An Express request, or a request that never reached an app, such as an upgrade. */
export type AnyRequest = IncomingMessage &
  Partial<Pick<Request, 'app' | 'baseUrl' | 'originalUrl' | 'params' | 'route'>>;

/** Client address of a request, in the forms that address ranges and limits need. */
export interface Origin {
  /** Address of the caller, to be checked against address ranges. Undefined if the address is not known. */
  readonly address: string | undefined;
  /**
   * Address for which limits are counted: the caller's address, or the proxy's if the proxy reported no valid address.
   */
  readonly countedAs: string | undefined;
}

/**
 * Returns the caller's address. By default, this is the address of the socket. If the app sets `trust proxy` or mounts
 * `createProxyTrust`, this is the address that the proxies report. Returns undefined if the reported value is not an
 * address.
 *
 * `1.2.3.4:5678`, `[2001:db8::1]`, `[2001:db8::1]:5678` and quoted forms are accepted. Port, brackets and quotes are
 * removed.
 *
 * The setting `trust proxy: true` is ignored, because it accepts any `X-Forwarded-For` that a client writes. Set the
 * number of proxies or their addresses instead.
 *
 * @example
 * app.set('trust proxy', 1);
 * const address = clientAddress(req); // '192.0.2.7'
 */
export function clientAddress(req: AnyRequest): string | undefined {
  return originOf(req).address;
}

/**
 * Returns the client address of a request, for address ranges and for limits.
 *
 * @example
 * const { address, countedAs } = originOf(req);
 */
export function originOf(req: AnyRequest): Origin {
  const own = req.socket.remoteAddress;
  const trust = findProxyTrust(req) ?? trustOfApp(req);
  return trust === undefined ? { address: own, countedAs: own } : forwardedOrigin(req, own, trust);
}

/** Returns the proxies to trust according to the app's setting `trust proxy`. */
function trustOfApp({ app }: AnyRequest): ProxyTrust | undefined {
  const setting: unknown = app?.get('trust proxy');
  const isProxy: unknown = setting && setting !== true ? app?.get('trust proxy fn') : undefined;
  return isTrust(isProxy) ? { isProxy, header: 'x-forwarded-for' } : undefined;
}

/** True for the function that Express compiles from the setting `trust proxy`, with proxy-addr. */
function isTrust(value: unknown): value is IsProxy {
  return typeof value === 'function';
}

/**
 * Returns the client address of a forwarded request. Starts with the socket's address and then reads the reported
 * addresses from last to first. The first address that is not a trusted proxy is the caller's address.
 */
function forwardedOrigin(req: AnyRequest, own: string | undefined, { isProxy, header }: ProxyTrust): Origin {
  let address = own;
  for (const [hop, text] of reportedAddresses(req, header).reverse().entries()) {
    if (!isProxy(address ?? '', hop)) break;
    const next = parseAddress(text);
    if (next === undefined) return { address: undefined, countedAs: address };
    address = next;
  }
  return { address, countedAs: address };
}

/** Returns the addresses in the header that the proxies write. The caller's address comes first. */
function reportedAddresses({ headers }: AnyRequest, header: ProxyHeader): string[] {
  const sent = headers[header];
  const text = Array.isArray(sent) ? sent.join(',') : (sent ?? '');
  if (header === 'forwarded') return text.trim() === '' ? [] : [...forwardedAddresses(text.trim())];
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

const V4_PORT = /^([\d.]+):\d{1,5}$/;
const V6_PORT = /^\[([^\]]+)\](?::\d{1,5})?$/;

/** Parses an address. Ignores the port, brackets and quotes that proxies add. Returns undefined for any other text. */
export function parseAddress(text: string): string | undefined {
  const bare = /^"(.*)"$/.exec(text)?.[1] ?? text;
  if (isIP(bare) !== 0) return bare;
  const v4 = V4_PORT.exec(bare)?.[1];
  if (v4 !== undefined) return isIPv4(v4) ? v4 : undefined;
  const v6 = V6_PORT.exec(bare)?.[1];
  return v6 !== undefined && isIPv6(v6) ? v6 : undefined;
}

/**
 * Returns the name under which an address is counted: the full IPv4 address, also if it is written as IPv6, or the /64
 * network of an IPv6 address.
 */
export function addressBucket(address: string | undefined): string {
  if (address === undefined || isIP(address) === 0) return 'unknown';
  if (address.toLowerCase().startsWith(MAPPED)) {
    const rest = address.slice(MAPPED.length);
    if (isIPv4(rest)) return rest;
  }
  return ipKeyGenerator(address, IPV6_PREFIX_BITS);
}

/** Maximum number of addresses whose result is cached. */
const MAX_ADDRESSES = 10_000;

/**
 * Returns a function that caches the result of `work` for each address, because parsing an IPv6 address costs more than
 * the rest of the request.
 */
export function rememberForAddress(work: (address: string | undefined) => string): typeof work {
  const known = new LRUCache<string, string>({ max: MAX_ADDRESSES });
  return function remembered(address) {
    if (address === undefined) return work(address);
    const seen = known.get(address);
    if (seen !== undefined) return seen;
    const made = work(address);
    known.set(address, made);
    return made;
  };
}
