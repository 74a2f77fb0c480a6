import type { Credential } from '../credential/read-credential.js';
import type { Denial } from '../denial/denial.js';
import type { Revision } from '../revision/revision.js';
import type { Principal } from './principal.js';

/** A client address, or a function that returns the address. */
export type LazyAddress = string | undefined | (() => string | undefined);

/**
 * Finds the principal (a caller and its current rights) for a credential. Used by a gate, the middleware that
 * authenticates requests.
 */
export interface Authenticator {
  /**
   * Returns the cached principal for a credential if the principal can be used without waiting. Otherwise returns
   * undefined, and `authenticate` must be called.
   *
   * This method is synchronous, so a request with a cached credential does not wait for a promise.
   *
   * @param address Address of the caller, or a function that returns the address. The address is needed only for keys
   *   that are limited to CIDR ranges.
   */
  getCached(credential: Credential, address: LazyAddress): Principal | undefined;
  /**
   * Finds the principal for a credential. If the store must be read, all requests with the same credential from the
   * same address share one read. If an embedded store does not contain the key, the denial is returned synchronously.
   *
   * A credential of kind `none` is refused with `ERR_CREDENTIAL_MISSING`.
   *
   * @throws UnavailableError, or rejects with it, if the store or the issuer's keys cannot be read.
   */
  authenticate(credential: Credential, address: string | undefined): Principal | Denial | Promise<Principal | Denial>;
  readonly revision: Revision;
  /**
   * Stops timers, syncs (reads of new changes) and pushes (notifications of new changes). Writes the buffered last-use
   * times to the store. Does not close the store.
   *
   * Never rejects. Last-use times that cannot be written, because the store is down or already closed, are lost.
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
