import { OptionError, UnavailableError } from '../../../denial/errors.js';
import { assertKnownOptions } from '../../../options/assert-known-options.js';
import type { TokenKey } from './algorithms.js';
import { type Fetch, fetchJson, isFetchable } from './fetch-json.js';
import { type KeySource, readKeySet } from './key-set.js';

export interface JwksSourceOptions {
  /** Where the issuer publishes its keys: https, or http on this machine. */
  readonly url: string;
  readonly fetch: Fetch;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** A set older than this is fetched again in the background. Default 300. */
  readonly cacheSeconds?: number;
  /** A set older than this is not used, also when no newer one can be had. Default 3600. */
  readonly maxStaleSeconds?: number;
  /** Least time between two fetches, whatever tokens ask for. Default 30. */
  readonly cooldownSeconds?: number;
  /** Default 5000. */
  readonly timeoutMs?: number;
}

interface Jwks extends Required<JwksSourceOptions> {
  keys: ReadonlyMap<string, TokenKey>;
  /** When the set in use was asked for. */
  fetchedAt: number;
  triedAt: number;
  failure: unknown;
  fetching: Promise<void> | undefined;
}

const DEFAULTS = { cacheSeconds: 300, maxStaleSeconds: 3600, cooldownSeconds: 30, timeoutMs: 5000 };
const OPTION_NAMES = ['url', 'fetch', 'clock', ...Object.keys(DEFAULTS)];
const MAX_BYTES = 256 * 1024;

/**
 * Makes a source of keys that another issuer publishes.
 *
 * One fetch serves every waiter. A kid that is not in the set causes one at most every `cooldownSeconds`; in between
 * it is unknown at once, or `UnavailableError` where the last fetch failed and so nothing can be decided. The last
 * good set is used through an outage until `maxStaleSeconds`. A set with one kid twice or with a private key counts
 * as a failed fetch.
 *
 * @throws OptionError
 * @see RFC 7517 §5
 */
export function createJwksSource(options: JwksSourceOptions): KeySource {
  const jwks = readOptions(options);
  return {
    algorithms: ['ES256', 'RS256'],
    find: (kid) => find(jwks, kid),
    refresh: () => refresh(jwks),
  };
}

function readOptions(options: JwksSourceOptions): Jwks {
  assertKnownOptions('key set', options, OPTION_NAMES);
  if (!isFetchable(options.url)) throw new OptionError('key set: url must be https, or http on this machine');
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const numbers = { ...DEFAULTS, ...Object.fromEntries(given.filter(([name]) => name in DEFAULTS)) };
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new OptionError(`key set: ${name} must be a whole number from 1`);
  }
  if (numbers.maxStaleSeconds < numbers.cacheSeconds) {
    throw new OptionError('key set: maxStaleSeconds must not be less than cacheSeconds');
  }
  return {
    ...options,
    ...numbers,
    keys: new Map(),
    fetchedAt: Number.NEGATIVE_INFINITY,
    triedAt: Number.NEGATIVE_INFINITY,
    failure: undefined,
    fetching: undefined,
  };
}

function find(jwks: Jwks, kid: string): TokenKey | undefined {
  const ageSeconds = secondsSince(jwks, jwks.fetchedAt);
  if (ageSeconds > jwks.maxStaleSeconds) return undefined;
  if (ageSeconds > jwks.cacheSeconds && jwks.fetching === undefined && mayFetch(jwks)) {
    // A failure is kept in `failure`; the set in use stands until it is too old.
    start(jwks).catch(() => undefined);
  }
  return jwks.keys.get(kid);
}

function refresh(jwks: Jwks): Promise<void> | undefined {
  if (jwks.fetching !== undefined) return jwks.fetching;
  if (mayFetch(jwks)) return start(jwks);
  return jwks.failure === undefined ? undefined : Promise.reject(new UnavailableError('key-set', jwks.failure));
}

function mayFetch(jwks: Jwks): boolean {
  return secondsSince(jwks, jwks.triedAt) >= jwks.cooldownSeconds;
}

/** A clock that was set back makes everything old, rather than nothing. */
function secondsSince({ clock }: Jwks, moment: number): number {
  const elapsed = (clock() - moment) / 1000;
  return elapsed < 0 ? Number.POSITIVE_INFINITY : elapsed;
}

function start(jwks: Jwks): Promise<void> {
  jwks.triedAt = jwks.clock();
  jwks.fetching = load(jwks, jwks.triedAt).finally(() => {
    jwks.fetching = undefined;
  });
  return jwks.fetching;
}

async function load(jwks: Jwks, askedAt: number): Promise<void> {
  try {
    const { url, fetch, timeoutMs } = jwks;
    jwks.keys = readKeySet(await fetchJson(url, { fetch, timeoutMs, maxBytes: MAX_BYTES }));
    jwks.fetchedAt = askedAt;
    jwks.failure = undefined;
  } catch (error) {
    jwks.failure = error;
    throw new UnavailableError('key-set', error);
  }
}
