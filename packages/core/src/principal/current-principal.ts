import type { Credential } from '../credential/read-credential.js';
import type { Denial } from '../denial/denial.js';
import type { Authenticator, LazyAddress } from './authenticator.js';
import { heldOf } from './held.js';
import type { Principal } from './principal.js';
import { denialOfEnded } from './validity.js';

/** A principal, with the credential and the client address of its request. */
export interface KnownCaller {
  readonly principal: Principal;
  readonly credential: Credential;
  /** Address of the caller, or a function that returns the address. */
  readonly address: LazyAddress;
}

/**
 * Returns a valid principal for the caller. If the given principal was revoked or has expired, looks up its credential
 * again and returns the new principal, or a denial if the credential is no longer accepted.
 *
 * Waits for a sync (a read of new changes) if one is due. If the sync fails, the given principal is still returned
 * until the last successful sync is older than the maximum staleness. After that, rejects with UnavailableError.
 */
export async function currentPrincipal(
  { revision, authenticate }: Authenticator,
  { principal, credential, address }: KnownCaller,
): Promise<Principal | Denial> {
  const held = heldOf(principal);
  if (held?.validity === undefined) throw new TypeError('currentPrincipal: must be a principal of an authenticator');
  if (!revision.current()) await revision.ensureCurrent();
  if (held.validity.isGood(held, revision.lookedAt)) return principal;
  const again = await authenticate(credential, typeof address === 'function' ? address() : address);
  return 'code' in again && again.code === denialOfEnded(held).code ? denialOfEnded(held) : again;
}
