import type { Denial, Outcome } from '../denial/denial.js';
import type { Revision } from '../revision/revision.js';
import type { RevisionSource } from '../revision/source.js';
import type { Store } from '../store/store.js';
import type { CachedCredential } from './cached-credential.js';
import type { Hasher } from './key/hash/hasher.js';
import type { VerifyOnce } from './key/hash/verify-once.js';
import type { KeyVerifier, SentKey } from './key/key-verifier.js';
import type { Principal } from './principal.js';
import type { KeySource } from './token/foreign/key-set.js';
import type { RightsByOrganization } from './token/text/rights.js';
import type { CatalogueSource } from './token/verifier-options.js';

/** A principal that was read and is not cached yet, with the data needed to cache it. */
export interface Identified {
  readonly held: CachedCredential;
  /** Lookup tag of the secret, under which its last use is recorded. Undefined for a token. */
  readonly tag: string | undefined;
  /** Function that returns true if the key may be used from an address. Undefined if any address is allowed. */
  readonly inRange: ((address: string) => boolean) | undefined;
  principal(): Principal;
}

/**
 * Function that finds the principal for one kind of credential. Returns a denial if the credential is refused, and
 * rejects with UnavailableError if the store or another dependency fails.
 *
 * An implementation may check the client address early. The address is checked again each time the credential is used.
 *
 * @param revision Tracks the changes that revoke the credential.
 */
export type FindCredential = (sent: SentKey, revision: Revision) => Promise<Outcome<Identified>>;

/**
 * Finds principals for credentials. There are two implementations: `local-source.ts` reads the rows of a store, and
 * `remote/remote-source.ts` asks a remote Flairgate instance over HTTP. All other code works with both implementations.
 */
export interface CredentialSource {
  /** Source of the changes that revoke the credentials of this source. */
  readonly changes: RevisionSource;
  /** Calls `wake` when there may be a new change. Returns a function that stops the calls. */
  onPush(wake: () => unknown): () => void;
  /**
   * Registers the revision (the tracker of {@link changes}), so that a command in this process can bring the revision
   * up to date after a change. Returns a function that removes the registration.
   */
  register(revision: Revision): () => void;
  /**
   * Returns a denial if this source can tell, without waiting, that no key equals the string. Otherwise returns
   * undefined.
   *
   * @throws UnavailableError when the store cannot be reached.
   */
  refuseKey(sent: SentKey): Denial | undefined;
  /** Finds the principal for an API key. */
  readonly findKey: FindCredential;
  /** Records that the secret with this lookup tag was used. */
  noteUse(tag: string, at: number): void;
  /**
   * Returns a source of the public keys that verify the tokens of the Flairgate instance that this source reads from.
   */
  tokenKeys(now: () => number, maxTokenSeconds: number | undefined): KeySource;
  /**
   * Returns the source of the permission catalogues that tokens refer to, if this source reads from a remote Flairgate
   * instance. Otherwise undefined, because tokens then refer only to the gate's own catalogue.
   */
  catalogues(now: () => number): CatalogueSource | undefined;
  /**
   * Restricts a token's rights to the organizations whose changes this source receives. In any other organization, a
   * revocation would not be noticed.
   */
  limitRights(rights: RightsByOrganization): Outcome<RightsByOrganization>;
  /** The local key store. Undefined if the keys are stored by a remote Flairgate instance. */
  readonly keyStore: KeyStore | undefined;
  /** Writes the recorded uses. Rejects if a write fails. */
  flush(): Promise<void>;
  /** Writes the recorded uses and waits for running writes. Never rejects. */
  close(): Promise<void>;
}

/**
 * The stored keys, and the objects that verify keys. Each authenticator has one key store, so that all lookups and
 * hashes of the authenticator share one limit.
 */
export interface KeyStore {
  readonly store: Store;
  readonly keyVerifier: KeyVerifier;
  /** Verifies secrets. Hashes each secret once, records each use, and replaces a hash that has an old hash setting. */
  readonly verifyOnce: VerifyOnce;
  readonly hasher: Hasher;
}
