import type { Credential } from '../credential/read-credential.js';
import type { Denial } from '../denial/denial.js';
import type { Revision } from '../revision/revision.js';
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
  readonly revision: Revision;
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
