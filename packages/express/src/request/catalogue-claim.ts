import type { Catalogue } from '@flairgate/core';
import { readOrClaimCatalogue } from '@flairgate/core/administration';
import type { Store } from '@flairgate/core/store';
import type { Identify } from '../gate-context.js';

/**
 * Function that stores the gate's permission catalogue in the database. Returns a promise while the catalogue is being
 * stored, and undefined once it is stored. The promise rejects if the database contains a different catalogue.
 */
export type CatalogueClaim = () => Promise<void> | undefined;

/**
 * Returns the function that stores a gate's catalogue. Returns undefined if there is nothing to store, for example
 * because the gate has no catalogue of its own.
 */
export function claimOf(store: Store | undefined, catalogue: Catalogue | undefined): CatalogueClaim | undefined {
  if (catalogue === undefined || store === undefined) return undefined;
  const { keptCatalogue } = store;
  if (keptCatalogue === undefined || keptCatalogue.entries !== undefined) return undefined;
  let pending: Promise<void> | undefined;
  let isDone = false;
  return () => {
    if (isDone) return undefined;
    pending ??= readOrClaimCatalogue(store, catalogue, catalogue)
      .then(() => {
        isDone = true;
      })
      .finally(() => {
        pending = undefined;
      });
    return pending;
  };
}

/** Wraps `identify` so that no caller is identified before the gate's catalogue is stored. */
export function afterClaim(claim: CatalogueClaim | undefined, identify: Identify): Identify {
  if (claim === undefined) return identify;
  return (read, origin) => {
    const pending = claim();
    return pending === undefined ? identify(read, origin) : pending.then(() => identify(read, origin));
  };
}
