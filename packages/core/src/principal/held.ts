import type { CachedCredential } from './cached-credential.js';
import type { TokenAudience } from './token/text/registered-claims.js';

/** Property under which a principal and its views keep their cached credential. Internal. */
export const HELD = Symbol('held');

/** Returns the cached credential of a principal or its view; undefined for an object that no authenticator created. */
export function heldOf(caller: object): CachedCredential | undefined {
  return (caller as { readonly [HELD]?: CachedCredential })[HELD];
}

/** Returns the audience of a token's principal; undefined for a key, or if its gate had no protected resources. */
export function audienceOf(principal: object): TokenAudience | undefined {
  return heldOf(principal)?.audience;
}

/** Returns the time at which a principal expires, in milliseconds since 1970; undefined for never. */
export function expiryOf(principal: object): number | undefined {
  const at = heldOf(principal)?.expiresAt;
  return at === undefined || at === Number.POSITIVE_INFINITY ? undefined : at;
}

/**
 * Asserts that a principal, or its view, is still valid. Never waits. Reads both clocks and the revision. An object
 * that no authenticator created always passes.
 *
 * @throws DeniedError 401 once it is revoked or expired; UnavailableError past the bound.
 */
export function assertCounts(caller: object): void {
  const held = heldOf(caller);
  held?.validity?.assertCounts(held);
}

/**
 * True while a principal can be used without waiting: nothing it depends on has changed, and the revision is current.
 * False means "call `currentPrincipal`", also for an object that no authenticator created.
 *
 * @param isSameTurn True where `getCached` returned it and nothing has waited since: the clocks are not read again.
 */
export function counts(caller: object, isSameTurn = false): boolean {
  const held = heldOf(caller);
  return held?.validity?.counts(held, isSameTurn) === true;
}
