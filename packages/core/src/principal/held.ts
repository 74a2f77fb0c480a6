import type { CachedCredential } from './cached-credential.js';
import type { TokenAudience } from './token/text/registered-claims.js';

/** Property in which a principal and its views store their cached credential. Internal. */
export const HELD = Symbol('held');

/**
 * Returns the cached credential of a principal or view. Undefined for an object that was not created by an
 * authenticator.
 */
export function heldOf(caller: object): CachedCredential | undefined {
  return (caller as { readonly [HELD]?: CachedCredential })[HELD];
}

/**
 * Returns the audience of the token by which a principal was found. Undefined for a key, or if the gate has no
 * protected resources.
 */
export function audienceOf(principal: object): TokenAudience | undefined {
  return heldOf(principal)?.audience;
}

/**
 * Returns the expiry time of a principal, in milliseconds since the Unix epoch. Undefined if the principal never
 * expires.
 */
export function expiryOf(principal: object): number | undefined {
  const at = heldOf(principal)?.expiresAt;
  return at === undefined || at === Number.POSITIVE_INFINITY ? undefined : at;
}

/**
 * Asserts that a principal or view is still valid. Never waits. An object that was not created by an authenticator
 * always passes.
 *
 * @throws DeniedError (401) once the principal was revoked or has expired; UnavailableError if the last sync (read of
 *   new changes) is older than the maximum staleness.
 */
export function assertCounts(caller: object): void {
  const held = heldOf(caller);
  held?.validity?.assertCounts(held);
}

/**
 * True if a principal can be used without waiting: no change revokes the principal, and the revision (the store's
 * change counter) is current. If the result is false, call `currentPrincipal`. The result is always false for an object
 * that was not created by an authenticator.
 *
 * @param isSameTurn True if `getCached` has returned the principal in this turn of the event loop. In this case, the
 *   clocks are not read again.
 */
export function counts(caller: object, isSameTurn = false): boolean {
  const held = heldOf(caller);
  return held?.validity?.counts(held, isSameTurn) === true;
}
