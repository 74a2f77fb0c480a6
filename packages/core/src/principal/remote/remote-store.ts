import type { RevisionSource } from '../../revision/source.js';
import type { ServicePolicy } from '../../store/rows.js';
import type { KeySource } from '../token/foreign/key-set.js';
import type { CatalogueSource } from '../token/verifier-options.js';
import type { Introspection } from './introspection.js';

/**
 * Another Flairgate that stores keys and changes in place of a database. This process asks it over HTTP.
 *
 * If it cannot be reached, or its answer is malformed, the result is a fault and never a refusal.
 */
export interface RemoteStore {
  readonly kind: 'remote';
  /** Source of changes. `pull` never waits for a change. */
  readonly source: RevisionSource;
  /** Organizations that this service serves. Undefined before the first `pull`. */
  organizations(): ServicePolicy['organizations'] | undefined;
  /**
   * Returns the rights of a key.
   *
   * @throws UnavailableError
   */
  introspect(text: string): Promise<Introspection>;
  /** Returns the published keys that verify its tokens. */
  keys(clock: () => number): KeySource;
  /** Returns the catalogues that its compact tokens refer to. */
  catalogues(clock: () => number): CatalogueSource;
  /** Waits for changes, and calls `wake` at each one and waits for its result. Returns the function that stops this. */
  onPush(wake: () => unknown): () => void;
  /** Stops all waiting requests. */
  close(): Promise<void>;
}
