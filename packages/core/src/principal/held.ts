import type { CachedCredential } from './signals.js';

/** Where a principal and its views keep what they hang on; not for anybody else. */
export const HELD = Symbol('held');

/** Returns what a principal or a view of one hangs on; undefined for an object that was made by hand. */
export function heldOf(caller: object): CachedCredential | undefined {
  return (caller as { readonly [HELD]?: CachedCredential })[HELD];
}

/**
 * Asserts that a principal, or the view of one, still counts. Never waits. Costs two looks at clocks and one at the
 * revision. A caller that was made by hand hangs on nothing.
 *
 * @throws DeniedError 401 once it has ended; UnavailableError past the bound.
 */
export function assertCounts(caller: object): void {
  const held = heldOf(caller);
  held?.validity?.assertCounts(held);
}
