import { OptionError, UnavailableError } from '../../../denial/errors.js';
import { assertKnownOptions } from '../../../options/assert-known-options.js';
import type { TokenKey } from './algorithms.js';
import { assertHosts, type Fetch, fetchJson, isFetchable } from './fetch-json.js';
import { type KeySource, readKeySet } from './key-set.js';

/** Options of `createJwksSource`. */
export interface JwksSourceOptions {
  /** URL of the issuer's key set: https, or http on this machine. */
  readonly url: string;
  readonly fetch: Fetch;
  /** Returns milliseconds since 1970. */
  readonly clock: () => number;
  /**
   * Age in seconds after which the key set is fetched again in the background.
   *
   * @default 300
   */
  readonly cacheSeconds?: number;
  /**
   * Age in seconds after which the key set is not used, even if no newer one can be fetched.
   *
   * @default 3600
   */
  readonly maxStaleSeconds?: number;
  /**
   * Shortest time between two fetches in seconds.
   *
   * @default 30
   */
  readonly cooldownSeconds?: number;
  /**
   * Longest duration of a fetch in milliseconds.
   *
   * @default 5000
   */
  readonly timeoutMs?: number;
  /**
   * Hosts that are fetched by http, such as another container of this cluster. Keys and answers are not protected on the
   * way.
   *
   * @default none
   */
  readonly allowHttp?: readonly string[];
}

interface Jwks extends Required<JwksSourceOptions> {
  keys: ReadonlyMap<string, TokenKey>;
  /** Time at which the fetch of the current set began. */
  fetchedAt: number;
  triedAt: number;
  failure: unknown;
  fetching: Promise<void> | undefined;
}

const JWKS_DEFAULTS = { cacheSeconds: 300, maxStaleSeconds: 3600, cooldownSeconds: 30, timeoutMs: 5000 };
const JWKS_OPTIONS = ['url', 'fetch', 'clock', 'allowHttp', ...Object.keys(JWKS_DEFAULTS)];
const MAX_BYTES = 256 * 1024;

/**
 * Creates a source of keys that another issuer publishes.
 *
 * Concurrent callers share one fetch. An unknown kid causes a fetch at most every `cooldownSeconds`. In between it is
 * refused immediately, or with `UnavailableError` if the last fetch failed. During an outage, the last valid set is used
 * until `maxStaleSeconds`. A set with a duplicate kid or with a private key is treated as a failed fetch.
 *
 * @throws OptionError for an invalid option.
 * @see RFC 7517 §5
 * @example
 * const keys = createJwksSource({ url: 'https://issuer.example/jwks.json', fetch, clock: Date.now });
 */
export function createJwksSource(options: JwksSourceOptions): KeySource {
  const jwks = readOptions(options);
  return {
    algorithms: ['ES256', 'RS256'],
    find: (kid) => findJwksKey(jwks, kid),
    refresh: () => refreshKeySet(jwks),
  };
}

function readOptions(options: JwksSourceOptions): Jwks {
  assertKnownOptions('key set', options, JWKS_OPTIONS);
  const { allowHttp = [] } = options;
  assertHosts('key set: allowHttp', allowHttp);
  if (!isFetchable(options.url, allowHttp)) {
    throw new OptionError('key set: url must be https, or http on this machine');
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const numbers = { ...JWKS_DEFAULTS, ...Object.fromEntries(given.filter(([name]) => name in JWKS_DEFAULTS)) };
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new OptionError(`key set: ${name} must be an integer of 1 or more`);
  }
  if (numbers.maxStaleSeconds < numbers.cacheSeconds) {
    throw new OptionError('key set: maxStaleSeconds must not be less than cacheSeconds');
  }
  return {
    ...options,
    ...numbers,
    allowHttp,
    keys: new Map(),
    fetchedAt: Number.NEGATIVE_INFINITY,
    triedAt: Number.NEGATIVE_INFINITY,
    failure: undefined,
    fetching: undefined,
  };
}

function findJwksKey(jwks: Jwks, kid: string): TokenKey | undefined {
  const ageSeconds = secondsSince(jwks, jwks.fetchedAt);
  if (ageSeconds > jwks.maxStaleSeconds) return undefined;
  if (ageSeconds > jwks.cacheSeconds && jwks.fetching === undefined && mayFetch(jwks)) {
    // A failure is stored in `failure`; the current set is used until it is too old.
    startFetch(jwks).catch(() => undefined);
  }
  return jwks.keys.get(kid);
}

function refreshKeySet(jwks: Jwks): Promise<void> | undefined {
  if (jwks.fetching !== undefined) return jwks.fetching;
  if (mayFetch(jwks)) return startFetch(jwks);
  return jwks.failure === undefined ? undefined : Promise.reject(new UnavailableError('key-set', jwks.failure));
}

function mayFetch(jwks: Jwks): boolean {
  return secondsSince(jwks, jwks.triedAt) >= jwks.cooldownSeconds;
}

/** Returns the seconds since a time. If the clock was set back, the result is infinite, so that sets are fetched again. */
function secondsSince({ clock }: Jwks, moment: number): number {
  const elapsed = (clock() - moment) / 1000;
  return elapsed < 0 ? Number.POSITIVE_INFINITY : elapsed;
}

function startFetch(jwks: Jwks): Promise<void> {
  jwks.triedAt = jwks.clock();
  jwks.fetching = loadKeySet(jwks, jwks.triedAt).finally(() => {
    jwks.fetching = undefined;
  });
  return jwks.fetching;
}

async function loadKeySet(jwks: Jwks, askedAt: number): Promise<void> {
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
