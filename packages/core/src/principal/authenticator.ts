import type { Credential } from '../credential/read-credential.js';
import type { Denial } from '../denial/denial.js';
import type { Revision } from '../revision/revision.js';
import type { Hasher } from './key/hash/hasher.js';
import type { VerifyOnce } from './key/hash/verify-once.js';
import type { KeyVerifier } from './key/key-verifier.js';
import type { Principal } from './principal.js';

/** An address, or what finds it. */
export type LazyAddress = string | undefined | (() => string | undefined);

/** What the middleware asks core about a request. */
export interface Authenticator {
  /**
   * The principal of a credential that was seen before and may still be used; undefined means "call `authenticate`".
   *
   * Synchronous, no promise: the warm path.
   *
   * @param address Address of the caller, or what finds it; asked only for keys with CIDR ranges.
   */
  getCached(credential: Credential, address: LazyAddress): Principal | undefined;
  /**
   * Finds out who is calling. Waits for the store where it must, once for many callers with one credential; a key that
   * an embedded store does not have is refused at once, without a promise.
   *
   * A credential of kind `none` gives `ERR_CREDENTIAL_MISSING`.
   *
   * @throws UnavailableError, or rejects with it, when it cannot be decided.
   */
  authenticate(credential: Credential, address: string | undefined): Principal | Denial | Promise<Principal | Denial>;
  /**
   * True while a principal may be used without waiting: nothing it hangs on has changed, and the revision is current.
   *
   * Synchronous, no promise: for a check after authentication. False means "call `current`".
   *
   * @param isSameTurn True where `getCached` returned the principal and nothing has waited since: the clocks that it
   *   read are not read again. @default false
   */
  counts(principal: Principal, isSameTurn?: boolean): boolean;
  /**
   * Returns a principal that counts: the one given, or, once that has ended, the one its credential stands for now. The
   * denial where the credential stands for none. Waits for the store where it must.
   *
   * Rejects with UnavailableError past the bound.
   */
  current(principal: Principal, credential: Credential, address: LazyAddress): Promise<Principal | Denial>;
  readonly revision: Revision;
  /**
   * Verifies secrets for the exchange as well, so that each is hashed once in a process, its use is noted and an old
   * hash is made new. Undefined where another Flairgate keeps the hashes.
   */
  readonly verifyOnce: VerifyOnce | undefined;
  /** Hashes for the rest of the process too, so that one bound holds. Undefined as `verifyOnce`. */
  readonly hasher: Hasher | undefined;
  /**
   * Verifies keys for the exchange and for services as well, so that one bound on look-ups holds. Undefined as
   * `verifyOnce`.
   */
  readonly keyVerifier: KeyVerifier | undefined;
  /**
   * Stops ticks, syncs and pushes, and writes last uses to the store. Does not close the store.
   *
   * Never rejects: last uses that cannot be written, because the store is unavailable or closed, are lost.
   */
  close(): Promise<void>;
}

/** Tells a denial from a principal without a wrapper object on the hot path. */
export function isDenial(answer: Principal | Denial): answer is Denial {
  return 'code' in answer;
}
