import type { IncomingMessage } from 'node:http';
import { OptionError } from '@flairgate/core';
import { assertKnownOptions } from '@flairgate/core/internal';
import type { RequestHandler } from 'express';
import parseForwarded from 'forwarded-parse';
import { compile } from 'proxy-addr';
import { oneOf, optionObject } from '../options.js';

/**
 * Proxies in front of a service: their number, or a list. Each entry of the list is an address, a range, or the name of
 * a range that the package `proxy-addr` knows, such as `loopback`.
 */
export type TrustedProxies = number | readonly string[];

/** Header in which proxies report the caller's address. */
export type ProxyHeader = 'x-forwarded-for' | 'forwarded';

/** Options of {@link createProxyTrust}. */
export interface ProxyTrustOptions {
  /**
   * Number of proxies between the callers and this process, from 1 to 32, or the addresses and ranges of the proxies,
   * such as `['10.0.0.0/8', 'loopback']`. A range that is too wide, such as one of all addresses, is refused.
   */
  readonly trustProxy: TrustedProxies;
  /**
   * Header that the proxies write. Choose the header that the proxies replace or extend, because clients can forge a
   * header that the proxies leave unchanged.
   * @default 'x-forwarded-for'
   */
  readonly proxyHeader?: ProxyHeader;
}

/**
 * Function that returns true if an address is a trusted proxy. `hop` is the position of the address, counted back from
 * the socket's own address, which has the position 0.
 */
export type IsProxy = (address: string, hop: number) => unknown;

/** Trusted proxies, and the header that they write. */
export interface ProxyTrust {
  readonly isProxy: IsProxy;
  readonly header: ProxyHeader;
}

const MAX_HOPS = 32;
const MAX_PROXIES = 100;

/**
 * Shortest prefix length that is accepted for a range, by IP version. The largest ranges in use for proxies are
 * `10.0.0.0/8` and `fc00::/7`.
 */
const SHORTEST_PREFIX = { 4: 8, 6: 7 } as const;

/**
 * Addresses that are far apart. A range that contains two of these addresses is too wide, even if it is written as IPv6
 * (`::ffff:0:0/96`).
 */
const FAR_APART = Array.from({ length: 32 }, (_, part) => `${8 * part + 1}.1.1.1`);

const trusts = new WeakMap<IncomingMessage, ProxyTrust>();

/**
 * Creates the middleware that reads each caller's address from the header that trusted proxies write. The gate then
 * ignores the app's own setting `trust proxy`. Mount the middleware before `gate.authenticate()`.
 *
 * @throws OptionError for a range that is too wide, an unknown option, or a text that is not an address.
 *
 * @example
 * app.use(createProxyTrust({ trustProxy: ['10.0.0.0/8'], proxyHeader: 'forwarded' }));
 * @see RFC 7239
 */
export function createProxyTrust(options: ProxyTrustOptions): RequestHandler {
  const given = optionObject('createProxyTrust', options);
  assertKnownOptions('createProxyTrust', given, ['trustProxy', 'proxyHeader']);
  const isProxy = parseTrustedProxies('trustProxy', given.trustProxy);
  const header = oneOf('proxyHeader', given.proxyHeader, ['x-forwarded-for', 'forwarded'] as const);
  const trust: ProxyTrust = Object.freeze({ isProxy, header });
  return function trustProxies(req, _res, next) {
    trusts.set(req, trust);
    next();
  };
}

/** Returns the proxies to trust for a request. Returns undefined if no `createProxyTrust` has run before. */
export function findProxyTrust(req: IncomingMessage): ProxyTrust | undefined {
  return trusts.get(req);
}

/**
 * Returns the addresses that a `Forwarded` header reports, in the order of the header. Text that is not an address is
 * returned unchanged. A missing address or a malformed header gives `unknown`.
 */
export function forwardedAddresses(header: string): readonly string[] {
  try {
    return parseForwarded(header).map((element) => element.for ?? 'unknown');
  } catch {
    // A malformed header gives no information about the caller.
    return ['unknown'];
  }
}

function parseTrustedProxies(option: string, given: unknown): IsProxy {
  if (typeof given === 'number') return isHopWithin(option, given);
  const isList = Array.isArray(given) && given.length >= 1 && given.length <= MAX_PROXIES;
  if (!isList) throw notProxies(option);
  for (const entry of given) assertRange(option, entry);
  return compile([...given]);
}

function isHopWithin(option: string, count: number): IsProxy {
  if (!Number.isInteger(count) || count < 1 || count > MAX_HOPS) throw notProxies(option);
  return (_address, hop) => hop < count;
}

function assertRange(option: string, entry: unknown): void {
  if (typeof entry !== 'string') throw notProxies(option);
  let isProxy: IsProxy;
  try {
    isProxy = compile([entry]);
  } catch (error) {
    throw new OptionError(`${option}: must hold addresses and ranges such as 10.0.0.0/8`, { cause: error });
  }
  const prefix = /\/(\d{1,3})$/.exec(entry)?.[1];
  const shortest = SHORTEST_PREFIX[entry.includes(':') ? 6 : 4];
  const isTooWide = prefix !== undefined && Number(prefix) < shortest;
  if (isTooWide || FAR_APART.filter((address) => isProxy(address, 0)).length > 1) {
    throw new OptionError(`${option}: must name the proxies; \`${entry}\` is too wide`);
  }
}

function notProxies(option: string): OptionError {
  return new OptionError(
    `${option}: must be a number of proxies from 1 to ${MAX_HOPS}, or a list of their addresses and ranges`,
  );
}
