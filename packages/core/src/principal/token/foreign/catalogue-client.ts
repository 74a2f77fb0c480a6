import { LRUCache } from 'lru-cache';
import { OptionError, UnavailableError } from '../../../denial/errors.js';
import { assertKnownOptions } from '../../../options/assert-known-options.js';
import { createCatalogue } from '../../../permission/catalogue.js';
import type { CompactCatalogue } from '../text/compact.js';
import type { CatalogueSource } from '../verifier-options.js';
import { assertHosts, type Fetch, fetchJson, isFetchable } from './fetch-json.js';

/** Options of `createCatalogueSource`. */
export interface CatalogueClientOptions {
  /** URL of the issuer: https, or http on this machine. Catalogues are under `/.well-known/flairgate-catalogue/`. */
  readonly issuer: string;
  /** Fetches the catalogues. */
  readonly fetch: Fetch;
  /** Returns the current time in milliseconds since the Unix epoch. */
  readonly clock: () => number;
  /**
   * Minimum time, in seconds, between a failed fetch and the next one.
   *
   * @default 5
   */
  readonly cooldownSeconds?: number;
  /**
   * Timeout for a fetch, in milliseconds.
   *
   * @default 5000
   */
  readonly timeoutMs?: number;
  /**
   * Hosts that may be fetched over http, such as another container in this cluster. Responses are then not protected in
   * transit.
   *
   * @default none
   */
  readonly allowHttp?: readonly string[];
}

interface Client extends Required<CatalogueClientOptions> {
  readonly known: LRUCache<string, CompactCatalogue>;
  readonly fetching: Map<string, Promise<void>>;
  failedAt: number;
  failure: unknown;
}

const CATALOGUE_CLIENT_OPTIONS = ['issuer', 'fetch', 'clock', 'cooldownSeconds', 'timeoutMs', 'allowHttp'];
const MAX_BYTES = 1024 * 1024;
const MAX_CATALOGUES = 16;

/**
 * Creates a source for the permission catalogues that an issuer's compact tokens refer to. A compact token encodes its
 * permissions as positions in a catalogue.
 *
 * Each catalogue is fetched once and cached. A catalogue is identified by the digest of its content, and the content is
 * checked against the digest. Only tokens with a valid signature cause a fetch. `refresh` rejects with
 * `UnavailableError` if a catalogue cannot be fetched.
 *
 * @throws OptionError for an invalid option.
 * @example
 * const catalogues = createCatalogueSource({ issuer: 'https://issuer.example', fetch, clock: Date.now });
 */
export function createCatalogueSource(options: CatalogueClientOptions): CatalogueSource {
  assertKnownOptions('catalogues', options, CATALOGUE_CLIENT_OPTIONS);
  const { cooldownSeconds = 5, timeoutMs = 5000, allowHttp = [] } = options;
  assertHosts('catalogues: allowHttp', allowHttp);
  if (!isFetchable(options.issuer, allowHttp)) {
    throw new OptionError('catalogues: issuer must be https, or http on this machine');
  }
  const client: Client = {
    ...options,
    allowHttp,
    cooldownSeconds,
    timeoutMs,
    known: new LRUCache({ max: MAX_CATALOGUES }),
    fetching: new Map(),
    failedAt: Number.NEGATIVE_INFINITY,
    failure: undefined,
  };
  return { find: (digest) => client.known.get(digest), refresh: (digest) => refreshCatalogue(client, digest) };
}

function refreshCatalogue(client: Client, digest: string): Promise<void> {
  const running = client.fetching.get(digest);
  if (running !== undefined) return running;
  const elapsed = client.clock() - client.failedAt;
  if (elapsed >= 0 && elapsed < client.cooldownSeconds * 1000) {
    return Promise.reject(new UnavailableError('key-set', client.failure));
  }
  const started = loadCatalogue(client, digest).finally(() => client.fetching.delete(digest));
  client.fetching.set(digest, started);
  return started;
}

async function loadCatalogue(client: Client, digest: string): Promise<void> {
  const { issuer, fetch, timeoutMs, known } = client;
  try {
    const url = `${issuer.replace(/\/$/, '')}/.well-known/flairgate-catalogue/${digest}`;
    const catalogue = readCatalogue(await fetchJson(url, { fetch, timeoutMs, maxBytes: MAX_BYTES }));
    if (catalogue.digest !== digest) throw new Error('answered with another catalogue');
    known.set(digest, catalogue);
  } catch (error) {
    client.failedAt = client.clock();
    client.failure = error;
    throw new UnavailableError('key-set', error);
  }
}

/** Creates a catalogue from a document `{"permissions": [name, ...]}`. */
function readCatalogue({ permissions }: Readonly<Record<string, unknown>>): CompactCatalogue {
  const names: unknown[] = Array.isArray(permissions) ? permissions : [];
  return createCatalogue(names.map((name) => ({ name: String(name), description: '', privileged: false })));
}
