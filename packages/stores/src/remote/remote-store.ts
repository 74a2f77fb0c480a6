import { OptionError, UnavailableError } from '@flairgate/core';
import {
  assertHosts,
  assertKnownOptions,
  type Fetch,
  fetchJson,
  type Introspection,
  isFetchable,
  parseInteger,
  parseIntrospection,
} from '@flairgate/core/internal';
import type { RemoteStore } from '@flairgate/core/store';
import { createCatalogueSource, createJwksSource } from '@flairgate/core/tokens';
import { createFeed } from './feed.js';

export interface RemoteStoreOptions {
  /** URL of the Flairgate instance that stores the keys: https, or http on this machine. */
  readonly url: string;
  /** The service key that the instance at `url` created for this service. */
  readonly serviceKey: string;
  /** Function that sends the requests. @default the platform's `fetch` */
  readonly fetch?: Fetch;
  /** Timeout of one request in milliseconds, from 100 to 60,000. @default 5000 */
  readonly timeoutMs?: number;
  /**
   * Hosts that may be called by http, such as `auth` in a cluster whose proxy terminates TLS. Every program on the
   * network to such a host can read the service key and the keys of callers.
   * @default none
   */
  readonly allowHttp?: readonly string[];
}

const REMOTE_STORE_OPTIONS = [
  'url',
  'serviceKey',
  'fetch',
  'timeoutMs',
  'allowHttp',
] as const satisfies readonly (keyof RemoteStoreOptions)[];

/**
 * Matches a service key: 16 to 512 ASCII characters without spaces. A string that does not match was copied
 * incorrectly.
 */
const KEY_TEXT = /^[\x21-\x7e]{16,512}$/;

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/**
 * Creates a store for a service without a database. The store asks another Flairgate instance, which has the database.
 *
 * The other instance introspects keys (tells which rights a key has), and its change feed reports revocations. This
 * process verifies tokens itself, with the published keys of the other instance. The store knows only the organizations
 * that the service key serves. Every failure is a fault (503), never a refusal. No request is sent before the first
 * call.
 *
 * @throws OptionError
 * @see RFC 7662
 * @example
 * const store = remoteStore({ url: 'https://auth.example', serviceKey });
 * const gate = createGate({ store, tokens: { issuer: 'https://auth.example', audience: 'rules' } });
 */
export function remoteStore(options: RemoteStoreOptions): RemoteStore {
  const { base, serviceKey, fetch, timeoutMs, allowHttp } = parseRemoteOptions(options);
  const headers = { 'x-api-key': serviceKey };
  const feed = createFeed({
    timeoutMs,
    get: (path, { timeoutMs: patience, signal }) =>
      fetchJson(`${base}${path}`, { fetch, headers, signal, timeoutMs: patience, maxBytes: MAX_ANSWER_BYTES }),
  });
  return Object.freeze({
    kind: 'remote' as const,
    source: { pull: feed.pull },
    organizations: feed.organizations,
    onPush: feed.onPush,
    introspect: (text: string) => introspect({ base, fetch, headers, timeoutMs }, text),
    keys: (clock: () => number) =>
      createJwksSource({ url: `${base}/.well-known/jwks.json`, fetch, clock, timeoutMs, allowHttp }),
    catalogues: (clock: () => number) => createCatalogueSource({ issuer: base, fetch, clock, timeoutMs, allowHttp }),
    close: async () => feed.close(),
  });
}

interface Parsed {
  readonly base: string;
  readonly serviceKey: string;
  readonly fetch: Fetch;
  readonly timeoutMs: number;
  readonly allowHttp: readonly string[];
}

function parseRemoteOptions(options: RemoteStoreOptions): Parsed {
  if (typeof options !== 'object' || options === null) {
    throw new OptionError('remoteStore: must be an object of options with url and serviceKey');
  }
  assertKnownOptions('remoteStore', options, REMOTE_STORE_OPTIONS);
  const { url, serviceKey, timeoutMs = 5000, fetch = globalThis.fetch, allowHttp = [] } = options;
  assertHosts('allowHttp', allowHttp);
  if (typeof url !== 'string' || !isFetchable(url, allowHttp) || new URL(url).search !== '') {
    throw new OptionError(
      'url: must be an https URL without user name and query; http is for this machine and `allowHttp` only',
    );
  }
  if (typeof serviceKey !== 'string' || !KEY_TEXT.test(serviceKey)) {
    throw new OptionError('serviceKey: must be the whole service key');
  }
  if (typeof fetch !== 'function') throw new OptionError('fetch: must be a function that behaves like fetch');
  parseInteger('timeoutMs', timeoutMs, { least: 100, most: 60_000 });
  return { base: url.replace(/\/+$/, ''), serviceKey, fetch, timeoutMs, allowHttp };
}

type Asking = Pick<Parsed, 'base' | 'fetch' | 'timeoutMs'> & { readonly headers: Readonly<Record<string, string>> };

/**
 * Asks the issuer about the credential of a caller. If the issuer refuses the service key, this function throws a fault
 * instead of refusing the caller: the refusal says nothing about the caller's credential.
 */
async function introspect({ base, ...asking }: Asking, token: string): Promise<Introspection> {
  try {
    const url = `${base}/oauth/introspect`;
    const answer = await fetchJson(url, { ...asking, form: { token }, maxBytes: MAX_ANSWER_BYTES });
    const introspection = parseIntrospection(answer);
    if (introspection === undefined) throw new Error('the answer of the issuer is not understood');
    return introspection;
  } catch (error) {
    throw error instanceof UnavailableError ? error : new UnavailableError('store', error);
  }
}
