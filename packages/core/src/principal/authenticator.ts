import type { Credential } from '../credential/read-credential.js';
import type { Denial } from '../denial/denial.js';
import type { Revision } from '../revision/revision.js';
import type { Hasher } from './key/hash/hasher.js';
import type { VerifyOnce } from './key/hash/verify-once.js';
import type { KeyVerifier } from './key/key-verifier.js';
import type { Principal } from './principal.js';

/** An address, or a function that returns it. */
export type LazyAddress = string | undefined | (() => string | undefined);

/** Finds the principals of credentials, for the middleware of a gate. */
export interface Authenticator {
  /**
   * Returns the principal of a cached credential that is valid without waiting; undefined means "call `authenticate`".
   *
   * Synchronous, no promise: the warm path.
   *
   * @param address Address of the caller, or a function that returns it. Read only for keys with CIDR ranges.
   */
  getCached(credential: Credential, address: LazyAddress): Principal | undefined;
  /**
   * Finds the principal of a credential. Waits for the store if it must, once for all requests with the same
   * credential. If an embedded store does not have the key, the denial is returned synchronously, without a promise.
   *
   * A credential of kind `none` is refused with `ERR_CREDENTIAL_MISSING`.
   *
   * @throws UnavailableError, or rejects with it, when it cannot be decided.
   */
  authenticate(credential: Credential, address: string | undefined): Principal | Denial | Promise<Principal | Denial>;
  /**
   * True while a principal can be used without waiting: none of its scopes has changed, and the revision is current.
   * False means "call `current`".
   *
   * Synchronous, no promise: for checks after authentication.
   *
   * @param isSameTurn True where `getCached` returned the principal and nothing has waited since: the clocks that it
   *   read are not read again. @default false
   */
  counts(principal: Principal, isSameTurn?: boolean): boolean;
  /**
   * Returns a valid principal: the given one, or, if that is revoked or expired, the one its credential has now. Returns
   * a denial if the credential is refused now. Waits for the store if it must.
   *
   * Rejects with UnavailableError past the bound.
   */
  current(principal: Principal, credential: Credential, address: LazyAddress): Promise<Principal | Denial>;
  readonly revision: Revision;
  /**
   * Verifies secrets. The exchange uses it too, so that a process hashes each secret once. It also records the use and
   * replaces an old hash. Undefined if another Flairgate stores the hashes.
   */
  readonly verifyOnce: VerifyOnce | undefined;
  /**
   * Computes hashes. The whole process uses it, so that one bound applies. Undefined in the same cases as `verifyOnce`.
   */
  readonly hasher: Hasher | undefined;
  /**
   * Verifies keys. The exchange and the routes for services use it too, so that one bound on lookups applies. Undefined
   * in the same cases as `verifyOnce`.
   */
  readonly keyVerifier: KeyVerifier | undefined;
  /**
   * Stops ticks, syncs and pushes, and writes last uses to the store. Does not close the store.
   *
   * Never rejects. Last uses that cannot be written, because the store is down or already closed, are lost.
   */
  close(): Promise<void>;
}

/**
 * True for a denial, false for a principal.
 *
 * @example
 * const answer = await authenticator.authenticate({ kind: 'bearer', text }, req.ip);
 * if (!isDenial(answer)) console.log(answer.ident);
 */
export function isDenial(answer: Principal | Denial): answer is Denial {
  return 'code' in answer;
}
