import type { RevisionSource } from '../../revision/source.js';
import type { ServicePolicy } from '../../store/rows.js';
import type { KeySource } from '../token/foreign/key-set.js';
import type { CatalogueSource } from '../token/verifier-options.js';
import type { Introspection } from './introspection.js';

/**
 * A remote Flairgate instance, used instead of a local database. The remote instance stores keys and changes, and this
 * process queries it over HTTP.
 *
 * If the remote instance cannot be reached or its response is malformed, a query fails with an error and never returns
 * a denial.
 */
export interface RemoteStore {
  readonly kind: 'remote';
  /** Source of changes. Its method `pull` responds at once, even if there is no new change. */
  readonly source: RevisionSource;
  /**
   * Returns the organizations that this service serves, as the policy of its service key lists them. Undefined before
   * the first `pull` from `source`.
   */
  organizations(): ServicePolicy['organizations'] | undefined;
  /**
   * Asks for the rights of a key.
   *
   * @throws UnavailableError
   */
  introspect(text: string): Promise<Introspection>;
  /** Returns a source of the published keys that verify the remote instance's tokens. */
  keys(clock: () => number): KeySource;
  /** Returns a source of the permission catalogues that the remote instance's compact tokens refer to. */
  catalogues(clock: () => number): CatalogueSource;
  /**
   * Listens for changes. At each change, calls `wake` and waits for its result. Returns a function that stops
   * listening.
   */
  onPush(wake: () => unknown): () => void;
  /** Aborts all requests that wait for changes. */
  close(): Promise<void>;
}
