import { lookup } from 'node:dns';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import { assertKnownOptions } from '@flairgate/core/internal';
import type { Fetch } from '@flairgate/core/tokens';
import ipaddr from 'ipaddr.js';

/** Options of `createCheckedFetch`. */
export interface CheckedFetchOptions {
  /**
   * True to allow hosts whose addresses are not public, such as those of a cluster. The hosts `localhost`, `127.0.0.1`
   * and `[::1]` are always allowed.
   *
   * @default false
   */
  readonly allowPrivateAddresses?: boolean;
}

/**
 * Creates a `fetch` function for the metadata and keys of external identity providers. By default it connects only to
 * public addresses and to this machine.
 *
 * The host name is resolved once, its addresses are checked, and the socket connects to a checked address. Therefore a
 * DNS record that changes after the check has no effect. Redirects are not followed, and proxies are not used.
 *
 * @throws OptionError for an unknown option.
 *
 * @example
 * const fetch = createCheckedFetch();
 * const answer = await fetch('https://issuer.example/.well-known/openid-configuration', {});
 */
export function createCheckedFetch(options: CheckedFetchOptions = {}): Fetch {
  assertKnownOptions('createCheckedFetch', options, ['allowPrivateAddresses']);
  const { allowPrivateAddresses = false } = options;
  return async (url, init) => {
    const { hostname } = new URL(url);
    const host = hostname.replace(/^\[|\]$/g, '');
    const isLocal = LOCAL_NAMES.has(host);
    const mayConnect = (address: string) =>
      isLocal ? rangeOf(address) === 'loopback' : allowPrivateAddresses || rangeOf(address) === 'unicast';
    if (isIP(host) !== 0 && !mayConnect(host)) throw privateAddress();
    return send(url, init, checkedLookup(mayConnect));
  };
}

const LOCAL_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);

/**
 * Returns the kind of an address, such as `unicast` for a public address. An IPv4 address that is written as IPv6 has
 * the kind of the IPv4 address.
 */
function rangeOf(address: string): string {
  return ipaddr.isValid(address) ? ipaddr.process(address).range() : 'invalid';
}

function privateAddress(): Error {
  return new Error('the address of the host is not public');
}

function checkedLookup(mayConnect: (address: string) => boolean): LookupFunction {
  return (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return done(error, []);
      const [first] = addresses;
      if (first === undefined || !addresses.every(({ address }) => mayConnect(address))) {
        return done(privateAddress(), []);
      }
      if (options.all === true) return done(null, addresses);
      return done(null, first.address, first.family);
    });
  };
}

function send(url: string, init: RequestInit, lookupAddress: LookupFunction): Promise<Response> {
  const { method = 'GET', headers = {}, body, signal } = init;
  const request = url.startsWith('https:') ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method,
      // One connection for each request, because a reused socket was checked for a different host name.
      agent: false,
      lookup: lookupAddress,
      headers: Object.fromEntries(new Headers(headers)),
      ...(signal ? { signal } : {}),
    });
    sent.on('error', reject);
    sent.on('response', (response) => resolve(toResponse(response)));
    if (body instanceof URLSearchParams) sent.setHeader('content-type', 'application/x-www-form-urlencoded');
    sent.end(body === undefined || body === null ? undefined : String(body));
  });
}

/** Statuses of responses without a body. */
const EMPTY_STATUSES: readonly number[] = [204, 205, 304];

function toResponse(response: IncomingMessage): Response {
  const { statusCode: status = 500 } = response;
  if (EMPTY_STATUSES.includes(status)) {
    response.resume();
    return new Response(null, { status });
  }
  const type = response.headers['content-type'];
  const headers = type === undefined ? {} : { 'content-type': type };
  return new Response(Readable.toWeb(response) as ReadableStream<Uint8Array>, { status, headers });
}
