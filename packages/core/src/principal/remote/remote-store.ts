import type { RevisionSource } from '../../revision/source.js';
import type { ServicePolicy } from '../../store/rows.js';
import type { KeySource } from '../token/foreign/key-set.js';
import type { CatalogueSource } from '../token/verifier-options.js';
import type { Introspection } from './introspection.js';

/**
 * A different Flairgate instance that stores keys and changes in place of a database. This process queries it over
 * HTTP.
 *
 * If that instance cannot be reached or its response is malformed, the result is an error, never a denial.
 */
export interface RemoteStore {
  readonly kind: 'remote';
  /** Source of changes. `pull` never waits for a change to happen. */
  readonly source: RevisionSource;
  /**
   * Returns the organizations that this service serves, from its service key's policy. Undefined before the first
   * `pull`.
   */
  organizations(): ServicePolicy['organizations'] | undefined;
  /**
   * Asks for the rights of a key.
   *
   * @throws UnavailableError
   */
  introspect(text: string): Promise<Introspection>;
  /** Returns a source of the published keys that verify the other instance's tokens. */
  keys(clock: () => number): KeySource;
  /** Returns a source of the permission catalogues that the other instance's compact tokens refer to. */
  catalogues(clock: () => number): CatalogueSource;
  /**
   * Waits for changes. At each change, calls `wake` and waits for its result. Returns a function that stops the
   * waiting.
   */
  onPush(wake: () => unknown): () => void;
  /** Aborts all requests that wait for changes. */
  close(): Promise<void>;
}
