import type { Credential } from '../credential/read-credential.js';
import type { Denial } from '../denial/denial.js';
import type { Authenticator, LazyAddress } from './authenticator.js';
import { heldOf } from './held.js';
import type { Principal } from './principal.js';
import { denialOfEnded } from './validity.js';

/** A credential that was sent, and its principal. */
export interface KnownCaller {
  readonly principal: Principal;
  readonly credential: Credential;
  /** Address of the caller, or a function that returns it. */
  readonly address: LazyAddress;
}

/**
 * Returns a valid principal: the given one, or, if that is revoked or expired, the one its credential has now. Returns a
 * denial if the credential is refused now. Waits for the store if it must; within the bound it returns the given one
 * even if the store does not answer.
 *
 * Rejects with UnavailableError past the bound.
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
