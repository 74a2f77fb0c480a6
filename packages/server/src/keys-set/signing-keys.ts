import {
  type Clock,
  createHmacTokenKey,
  openSigningRing,
  type Revision,
  type SigningRing,
  type Store,
  type TokenSigner,
} from '@flairgate/core';

/** The keys a service signs with, and what it publishes of them. */
export interface SigningKeys {
  /** @throws UnavailableError when there is no usable key. */
  signer(): TokenSigner;
  /** Public members only; empty where tokens are signed with a shared secret. */
  jwks(): { readonly keys: readonly object[] };
  stop(): void;
}

export interface SigningKeysOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly revision: Revision;
  /** Shared secret of HS256. Absent: a ring of key pairs in the store. */
  readonly tokenSecret: string | Uint8Array | undefined;
  readonly maxTokenSeconds: number;
}

/**
 * Opens the signing keys: the shared secret, or the store's ring, which is read again after each of its changes.
 *
 * @throws OptionError for a weak secret.
 */
export async function openSigningKeys(options: SigningKeysOptions): Promise<SigningKeys> {
  const { store, clock, revision, tokenSecret, maxTokenSeconds } = options;
  if (tokenSecret !== undefined) return sharedSecret(tokenSecret);
  const ring = await openSigningRing({ store, material: store.material, clock: clock.wall, maxTokenSeconds });
  const stop = revision.onChange((changed) => {
    if (changed === 'everything' || [...changed].some((scope) => scope.startsWith('signing-key'))) reload(ring);
  });
  return { signer: () => ring.signer(), jwks: () => ring.jwks(), stop };
}

function sharedSecret(secret: string | Uint8Array): SigningKeys {
  const key = createHmacTokenKey(secret);
  return { signer: () => key, jwks: () => ({ keys: [] }), stop: () => undefined };
}

/** A read that fails is made up for by the next one: keys are published long before they sign. */
function reload(ring: SigningRing): void {
  ring.reload().catch(() => undefined);
}
