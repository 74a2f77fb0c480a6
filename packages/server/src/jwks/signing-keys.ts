import { UnavailableError } from '@flairgate/core';
import type { Clock, Revision } from '@flairgate/core/internal';
import type { Store } from '@flairgate/core/store';
import {
  createHmacTokenKey,
  openSigningRing,
  type RingAlgorithm,
  type SigningRing,
  type TokenSigner,
} from '@flairgate/core/tokens';

/** The signing keys of a service. */
export interface SigningKeys {
  /** Returns the key that signs new tokens. @throws UnavailableError if there is no usable key. */
  signer(): TokenSigner;
  /** Returns the public keys. The list is empty if tokens are signed with a shared secret. */
  jwks(): { readonly keys: readonly object[] };
  stop(): void;
}

export interface SigningKeysOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly revision: Revision;
  /**
   * Shared secret for HS256. If undefined, tokens are signed with the key ring, a rotating set of key pairs in the
   * store.
   */
  readonly tokenSecret: string | Uint8Array | undefined;
  readonly maxTokenSeconds: number;
  /** Algorithm for new keys in the ring. */
  readonly algorithm: RingAlgorithm;
}

/**
 * Milliseconds after which the key ring is read again even if no change was announced. This read finds rows that were
 * written to the store without an announcement.
 */
const REREAD_MS = 60_000;

/**
 * Opens the signing keys: the shared secret, or the key ring in the store. The key ring is read again after each
 * change. It is also read again if it is used more than a minute after the last read.
 *
 * @throws OptionError for a weak secret.
 */
export async function openSigningKeys(options: SigningKeysOptions): Promise<SigningKeys> {
  const { store, clock, revision, tokenSecret, maxTokenSeconds, algorithm } = options;
  if (tokenSecret !== undefined) return sharedSecret(tokenSecret);
  const ring = await openSigningRing({
    store,
    material: store.material,
    clock: clock.wall,
    maxTokenSeconds,
    algorithm,
  });
  return watch(ring, clock, revision);
}

/**
 * Returns signing keys that read the key ring again after each change. After a failed read, no token is signed until a
 * read succeeds, because the key that this process knows may have been stolen and retired.
 */
function watch(ring: SigningRing, clock: Clock, revision: Revision): SigningKeys {
  let readAt = clock.wall();
  let failure: unknown;
  const reload = () => {
    readAt = clock.wall();
    ring.reload().then(
      () => {
        failure = undefined;
      },
      (error: unknown) => {
        failure = error;
      },
    );
  };
  const keepFresh = () => {
    const elapsed = clock.wall() - readAt;
    if (failure !== undefined || elapsed < 0 || elapsed >= REREAD_MS) reload();
  };
  const stop = revision.onChange((changed) => {
    if (changed === 'everything' || [...changed].some((scope) => scope.startsWith('signing-key'))) reload();
  });
  return {
    signer() {
      keepFresh();
      if (failure !== undefined) throw new UnavailableError('key-set', failure);
      return ring.signer();
    },
    jwks() {
      keepFresh();
      return ring.jwks();
    },
    stop,
  };
}

function sharedSecret(secret: string | Uint8Array): SigningKeys {
  const key = createHmacTokenKey(secret);
  return { signer: () => key, jwks: () => ({ keys: [] }), stop: () => undefined };
}
