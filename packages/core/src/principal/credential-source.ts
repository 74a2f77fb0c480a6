import type { Denial, Outcome } from '../denial/denial.js';
import type { Revision } from '../revision/revision.js';
import type { RevisionSource } from '../revision/source.js';
import type { Store } from '../store/store.js';
import type { CachedCredential } from './cached-credential.js';
import type { Hasher } from './key/hash/hasher.js';
import type { VerifyOnce } from './key/hash/verify-once.js';
import type { SentKey } from './key/key-finder.js';
import type { KeyVerifier } from './key/key-verifier.js';
import type { Principal } from './principal.js';
import type { KeySource } from './token/foreign/key-set.js';
import type { RightsByOrganization } from './token/text/rights.js';
import type { CatalogueSource } from './token/verifier-options.js';

/** A principal that was read and is not cached yet. */
export interface Identified {
  readonly held: CachedCredential;
  /** Lookup tag of the secret whose last use is recorded. Undefined for a token. */
  readonly tag: string | undefined;
  /** Returns true for an address that the key can be used from. Undefined for a key that any address can use. */
  readonly inRange: ((address: string) => boolean) | undefined;
  principal(): Principal;
}

/**
 * Finds the principal of one kind of credential. A refusal is returned, a fault is thrown.
 *
 * The address can be checked early, to save work. It is checked again at every use.
 */
export type Identify = (sent: SentKey) => Promise<Outcome<Identified>>;

/**
 * Source of credentials. There are two: the rows of a store (`local-source.ts`), and another Flairgate
 * (`remote/remote-source.ts`). Everything else is the same for both.
 */
export interface CredentialSource {
  /** Changes that revoke what is found here. */
  readonly changes: RevisionSource;
  /** Calls `wake` when there can be a change. Returns the function that ends that. */
  onPush(wake: () => unknown): () => void;
  /** Registers the revision of {@link changes} with the commands of this process. Returns the function that ends this. */
  register(revision: Revision): () => void;
  /**
   * Returns the denial of a text that cannot be a key, if that is known without a promise; undefined if it is not.
   *
   * @throws UnavailableError when the store cannot be reached.
   */
  refuseKey(sent: SentKey): Denial | undefined;
  /** Finds the principal of an API key. `revision` is that of {@link changes}. Rejects with UnavailableError. */
  findKey(sent: SentKey, revision: Revision): Promise<Outcome<Identified>>;
  /** Records that the secret with this lookup tag was used. */
  noteUse(tag: string, at: number): void;
  /** Public keys of the tokens that are issued here. */
  tokenKeys(now: () => number, maxTokenSeconds: number | undefined): KeySource;
  /** Catalogues of these tokens besides the gate's own; undefined if there are none. */
  catalogues(now: () => number): CatalogueSource | undefined;
  /** Cuts a token's rights down to the organizations whose changes are in {@link changes}. */
  limitRights(rights: RightsByOrganization): Outcome<RightsByOrganization>;
  /** Rows and hashes; undefined where another Flairgate has them. */
  readonly keyStore: KeyStore | undefined;
  /** Writes recorded uses. Rejects if they cannot be written. */
  flush(): Promise<void>;
  /** Writes recorded uses and waits for what is still being written. Never rejects. */
  close(): Promise<void>;
}

/** Rows and hashes of keys, and what reads them. One for a process, so that one bound on lookups and hashes holds. */
export interface KeyStore {
  readonly store: Store;
  readonly keyVerifier: KeyVerifier;
  /** Verifies secrets: each is hashed once, its use is recorded, and an old hash is replaced. */
  readonly verifyOnce: VerifyOnce;
  readonly hasher: Hasher;
}
