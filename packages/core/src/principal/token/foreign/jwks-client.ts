import { withDeadline } from '../../../deadlines.js';
import { OptionError, UnavailableError } from '../../../denial/errors.js';
import { assertKnownOptions } from '../../../options/assert-known-options.js';
import { parseInteger } from '../../../options/integer.js';
import { FOREIGN_ALGORITHMS, type TokenKey } from './algorithms.js';
import { assertHosts, type Fetch, fetchJson, isFetchable } from './fetch-json.js';
import { type KeySet, type KeySource, readKeySet } from './key-set.js';

/** Options of `createJwksSource`. */
export interface JwksSourceOptions {
  /** URL of the issuer's key set: https, or http on this machine. */
  readonly url: string;
  /** Fetches the key set. */
  readonly fetch: Fetch;
  /** Returns the current time in milliseconds since the Unix epoch. */
  readonly clock: () => number;
  /**
   * Age, in seconds, from which the key set is fetched again in the background.
   *
   * @default 600
   */
  readonly keySetSeconds?: number;
  /**
   * Age, in seconds, from which the key set is no longer used, even if no newer one can be fetched.
   *
   * @default 3600
   */
  readonly staleKeysSeconds?: number;
  /**
   * Minimum time, in seconds, between two fetches.
   *
   * @default 30
   */
  readonly cooldownSeconds?: number;
  /**
   * Timeout for a fetch, in milliseconds.
   *
   * @default 5000
   */
  readonly timeoutMs?: number;
  /**
   * Hosts that may be fetched over http, such as another container in this cluster. Keys and responses are then not
   * protected in transit.
   *
   * @default none
   */
  readonly allowHttp?: readonly string[];
}

/**
 * Function that fetches the JSON document of a key set. `signal` aborts the function's requests after the time limit.
 */
export type LoadKeySet = (signal: AbortSignal) => Promise<unknown>;

/** Options of {@link openKeySource}: the options of `createJwksSource` that concern time. */
export type KeySourceOptions = Pick<
  JwksSourceOptions,
  'clock' | 'keySetSeconds' | 'staleKeysSeconds' | 'cooldownSeconds' | 'timeoutMs'
>;

interface Jwks extends Required<KeySourceOptions> {
  readonly load: LoadKeySet;
  keys: KeySet;
  /** Time at which the fetch of the current key set began. */
  fetchedAt: number;
  triedAt: number;
  failure: unknown;
  fetching: Promise<void> | undefined;
}

const JWKS_DEFAULTS = { keySetSeconds: 600, staleKeysSeconds: 3600, cooldownSeconds: 30, timeoutMs: 5000 };
const JWKS_OPTIONS = ['url', 'fetch', 'clock', 'allowHttp', ...Object.keys(JWKS_DEFAULTS)];
/** Maximum size of a key set or metadata document. */
export const MAX_KEY_SET_BYTES = 64 * 1024;

const NO_KEYS: KeySet = { kids: [], find: () => undefined };

/**
 * Creates a source for the keys that an issuer publishes.
 *
 * Concurrent callers share one fetch. An unknown kid (key id) causes a fetch, but at most one fetch every
 * `cooldownSeconds`. Between fetches, an unknown kid is refused immediately. If the last fetch failed, `refresh`
 * rejects with `UnavailableError` instead. While fetches fail, the last valid key set is used for up to
 * `staleKeysSeconds`. A response larger than 64 KiB, or a set with more than 100 keys or with a private key, counts as
 * a failed fetch.
 *
 * @throws OptionError for an invalid option.
 * @see RFC 7517 §5
 * @example
 * const keys = createJwksSource({ url: 'https://issuer.example/jwks.json', fetch, clock: Date.now });
 */
export function createJwksSource(options: JwksSourceOptions): KeySource {
  assertKnownOptions('key set', options, JWKS_OPTIONS);
  const { url, fetch, allowHttp = [], ...times } = options;
  assertHosts('key set: allowHttp', allowHttp);
  if (!isFetchable(url, allowHttp)) {
    throw new OptionError('key set: url must be https, or http on this machine');
  }
  const { timeoutMs = JWKS_DEFAULTS.timeoutMs } = options;
  return openKeySource(times, (signal) => fetchJson(url, { fetch, timeoutMs, maxBytes: MAX_KEY_SET_BYTES, signal }));
}

/**
 * Opens a key source that fetches its key set with `load`.
 *
 * @throws OptionError for an invalid option.
 */
export function openKeySource(options: KeySourceOptions, load: LoadKeySet): KeySource {
  const jwks = readOptions(options, load);
  return {
    algorithms: FOREIGN_ALGORITHMS,
    find: (kid, algorithm) => findJwksKey(jwks, kid, algorithm),
    refresh: () => refreshKeySet(jwks),
  };
}

function readOptions(options: KeySourceOptions, load: LoadKeySet): Jwks {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const numbers = { ...JWKS_DEFAULTS, ...Object.fromEntries(given.filter(([name]) => name in JWKS_DEFAULTS)) };
  for (const [name, value] of Object.entries(numbers)) {
    parseInteger(`key set: ${name}`, value, { least: 1 });
  }
  if (numbers.staleKeysSeconds < numbers.keySetSeconds) {
    throw new OptionError('key set: staleKeysSeconds must not be less than keySetSeconds');
  }
  return {
    ...numbers,
    clock: options.clock,
    load,
    keys: NO_KEYS,
    fetchedAt: Number.NEGATIVE_INFINITY,
    triedAt: Number.NEGATIVE_INFINITY,
    failure: undefined,
    fetching: undefined,
  };
}

function findJwksKey(jwks: Jwks, kid: string, algorithm: string | undefined): TokenKey | undefined {
  const ageSeconds = secondsSince(jwks, jwks.fetchedAt);
  if (ageSeconds > jwks.staleKeysSeconds) return undefined;
  if (ageSeconds > jwks.keySetSeconds && jwks.fetching === undefined && mayFetch(jwks)) {
    // The error is stored in `failure`. The current key set is used until it is too old.
    startFetch(jwks).catch(() => undefined);
  }
  return jwks.keys.find(kid, algorithm);
}

function refreshKeySet(jwks: Jwks): Promise<void> | undefined {
  if (jwks.fetching !== undefined) return jwks.fetching;
  if (mayFetch(jwks)) return startFetch(jwks);
  return jwks.failure === undefined ? undefined : Promise.reject(new UnavailableError('key-set', jwks.failure));
}

function mayFetch(jwks: Jwks): boolean {
  return secondsSince(jwks, jwks.triedAt) >= jwks.cooldownSeconds;
}

/**
 * Returns the number of seconds since a point in time. Returns Infinity if the clock was set back, so that the key set
 * is fetched again.
 */
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
    // A `fetch` that ignores its signal must not block requests.
    const loading = jwks.load(AbortSignal.timeout(jwks.timeoutMs));
    jwks.keys = readKeySet(await withDeadline(jwks.timeoutMs, 'reading keys', loading));
    jwks.fetchedAt = askedAt;
    jwks.failure = undefined;
  } catch (error) {
    jwks.failure = error;
    throw new UnavailableError('key-set', error);
  }
}
