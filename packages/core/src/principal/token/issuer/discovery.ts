import { type Fetch, fetchJson, isFetchable } from '../foreign/fetch-json.js';
import { MAX_KEY_SET_BYTES } from '../foreign/jwks-client.js';
import type { JsonObject } from '../text/json-object.js';

/** Options of {@link discoverKeySet}. */
export interface DiscoveryOptions {
  readonly issuer: string;
  readonly fetch: Fetch;
  readonly timeoutMs: number;
  readonly allowHttp: readonly string[];
  /** Aborts all requests. */
  readonly signal: AbortSignal;
}

/**
 * Returns the URL of an issuer's key set, from the issuer's metadata.
 *
 * The OpenID document is read first. If it cannot be used, the RFC 8414 document is read. In each document, `issuer`
 * must equal the requested issuer exactly.
 *
 * @throws Error if neither document can be used.
 * @see OpenID Connect Discovery 1.0 §4, RFC 8414 §3
 */
export async function discoverKeySet(options: DiscoveryOptions): Promise<string> {
  const [openId, oauth] = metadataUrls(options.issuer);
  try {
    return await keySetUrl(openId, options);
  } catch (failure) {
    if (options.signal.aborted) throw failure;
    return await keySetUrl(oauth, options).catch(() => Promise.reject(failure));
  }
}

/**
 * Returns the two metadata URLs of an issuer. In the RFC 8414 URL, the issuer's path comes after the well-known path.
 */
export function metadataUrls(issuer: string): readonly [openId: string, oauth: string] {
  const base = issuer.replace(/\/$/, '');
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return [`${base}/.well-known/openid-configuration`, `${origin}/.well-known/oauth-authorization-server${path}`];
}

async function keySetUrl(url: string, options: DiscoveryOptions): Promise<string> {
  const { issuer, fetch, timeoutMs, allowHttp, signal } = options;
  const metadata: JsonObject = await fetchJson(url, { fetch, timeoutMs, maxBytes: MAX_KEY_SET_BYTES, signal });
  if (metadata.issuer !== issuer) throw new Error('answered with the metadata of another issuer');
  const { jwks_uri: keys } = metadata;
  if (typeof keys !== 'string' || !isFetchable(keys, allowHttp)) throw new Error('answered without a usable jwks_uri');
  if (new URL(keys).protocol === 'http:' && new URL(issuer).protocol === 'https:') {
    throw new Error('answered with a jwks_uri that is less protected than the issuer');
  }
  return keys;
}
