import { deadlines } from '../deadlines.js';
import { deny } from '../denial/denial-table.js';
import { OptionError } from '../denial/errors.js';
import { assertKnownOptions } from '../options/assert-known-options.js';
import { parseInteger } from '../options/integer.js';
import type { Catalogue } from '../permission/catalogue.js';
import { chooseCatalogue } from '../permission/kept-catalogue.js';
import { type Clock, systemClock } from '../revision/clock.js';
import type { Store } from '../store/store.js';
import { withUnavailable } from '../store/with-unavailable.js';
import { assembleAuthenticator } from './assemble-authenticator.js';
import type { Authenticator } from './authenticator.js';
import type { CredentialSource, FindCredential, KeyStore } from './credential-source.js';
import { createTokenFinder, type TokenOptions } from './find-token.js';
import { createFairQueue } from './key/fair-queue.js';
import { checkHashSetting, type HashSetting } from './key/hash/hash.js';
import { createLocalSource, type LocalSourceOptions } from './local-source.js';
import { createRemoteSource } from './remote/remote-source.js';
import type { RemoteStore } from './remote/remote-store.js';
import { startRevision } from './start-revision.js';

export interface AuthenticatorOptions {
  /** Store that keys and changes are read from: an opened store, or a remote Flairgate instance (`remoteStore`). */
  readonly store: Store | RemoteStore;
  /** Bearer tokens to accept. @default none */
  readonly tokens?: TokenOptions;
  /**
   * Maximum time, in seconds, until a change (such as a revocation) takes effect in all processes: 1 to 300.
   *
   * @default 30
   */
  readonly maxStalenessSeconds?: number;
  /** Maximum number of cached principals. Applies to keys and to tokens separately. @default 10000 */
  readonly maxCachedPrincipals?: number;
  /**
   * Hash setting for keys. A stored hash that was created with another setting is replaced when the key is next used.
   *
   * @default stored hashes are never replaced
   */
  readonly keyHash?: HashSetting;
  /**
   * Catalogue of all permissions. Must equal the catalogue stored in the database, if the database contains one.
   *
   * @default the catalogue stored in the database; if none is stored, LimaCharlie's and Lime's permissions together
   */
  readonly catalogue?: Catalogue;
  /** Clocks that the authenticator reads. @default the clocks of this process */
  readonly clock?: Clock;
}

const AUTHENTICATOR_OPTIONS = [
  'store',
  'tokens',
  'maxStalenessSeconds',
  'maxCachedPrincipals',
  'keyHash',
  'catalogue',
  'clock',
] as const;

/**
 * Creates an authenticator. For an API key, the authenticator looks up the principal in the store. For a token, the
 * authenticator builds the principal from the token's claims.
 *
 * The authenticator runs timers. From the first request on, it also reads new changes from the store in the background.
 * `close` stops the timers and the reads.
 *
 * @throws OptionError for an unknown option or a value out of range.
 * @example
 * const authenticator = createAuthenticator({ store: await memoryStore() });
 * const answer = await authenticator.authenticate({ kind: 'api-key', text }, '203.0.113.7');
 * await authenticator.close();
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  assertKnownOptions('createAuthenticator', options, AUTHENTICATOR_OPTIONS);
  const { store, tokens, clock = systemClock, keyHash } = options;
  assertStore(store);
  const catalogue = chooseCatalogue('kind' in store ? {} : store, options.catalogue);
  const maxCount = parseInteger('maxCachedPrincipals', options.maxCachedPrincipals, {
    least: 1,
    most: 10_000_000,
    fallback: 10_000,
  });
  const boundSeconds = parseInteger('maxStalenessSeconds', options.maxStalenessSeconds, {
    least: 1,
    most: 300,
    fallback: 30,
  });
  if (keyHash !== undefined) checkHashSetting(keyHash);
  const source = openSource(store, { catalogue, clock, keyHash, maxCount });
  const { revision, stop } = startRevision(source, { boundSeconds, clock });
  const resources = new Set<string>();
  try {
    const authenticator = assembleAuthenticator({
      source,
      findToken:
        tokens === undefined
          ? denyTokens
          : createTokenFinder({ source, tokens, catalogue, clock, revision, resources }),
      revision,
      clock,
      maxCount,
      stop,
    });
    insides.set(authenticator, { keyStore: source.keyStore, resources });
    return authenticator;
  } catch (error) {
    // Stops the timers if an option is refused after they were started.
    stop();
    throw error;
  }
}

/** Parts of an authenticator that only the gate uses. */
interface Inside {
  readonly keyStore: KeyStore | undefined;
  readonly resources: Set<string>;
}

const insides = new WeakMap<Authenticator, Inside>();

/** Returns the key store of an authenticator. Undefined if the keys are stored by a remote Flairgate instance. */
export function keyStoreOf(authenticator: Authenticator): KeyStore | undefined {
  return insides.get(authenticator)?.keyStore;
}

/**
 * Makes an authenticator accept tokens whose audience is this protected resource, for requests to any resource. The
 * code that calls this function must therefore check, at each request, that the principal's audience (`audienceOf`)
 * matches the requested resource.
 */
export function addResource(authenticator: Authenticator, resource: string): void {
  insides.get(authenticator)?.resources.add(resource);
}

const denyTokens: FindCredential = async () => deny('ERR_TOKEN_INVALID', { reason: 'no issuer is configured' });

/** Opens the source of credentials for a local or remote store. Both kinds of source have the same methods. */
function openSource(
  store: Store | RemoteStore,
  options: Omit<LocalSourceOptions, 'store' | 'turns'>,
): CredentialSource {
  const { catalogue, clock, keyHash } = options;
  const turns = createFairQueue({
    waitMs: deadlines.lookUpTurnMs,
    runMs: deadlines.lookUpMs,
    now: clock.monotonic,
    after: clock.after,
  });
  if (!('kind' in store)) return createLocalSource({ ...options, store: withUnavailable(store), turns });
  if (keyHash !== undefined) throw new OptionError('keyHash: must be omitted, because the issuer stores the hashes');
  return createRemoteSource({ store, catalogue, turns });
}

/**
 * Throws if `store` is not an open store, for example if `store` is a promise that the host application forgot to
 * await. Otherwise this mistake would appear only at the first request.
 */
function assertStore(store: unknown): void {
  if (store instanceof Promise)
    throw new OptionError('store: must be an opened store, not a promise: `store: await ...`');
  if (typeof store !== 'object' || store === null || !('read' in store || 'introspect' in store)) {
    throw new OptionError('store: must be an opened store, such as `await sqliteStore({ file })`');
  }
}
