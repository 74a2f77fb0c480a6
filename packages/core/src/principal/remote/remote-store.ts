import type { RevisionSource } from '../../revision/source.js';
import type { ServicePolicy } from '../../store/rows.js';
import type { KeySource } from '../token/foreign/key-set.js';
import type { CatalogueSource } from '../token/verifier-options.js';
import type { Introspection } from './introspection.js';

/**
 * Another Flairgate in the place of a database: it keeps keys and changes, and this process asks it.
 *
 * Whatever cannot be asked or is not understood is a fault, never a refusal.
 */
export interface RemoteStore {
  readonly kind: 'remote';
  /** Where changes come from. `pull` never waits for one. */
  readonly source: RevisionSource;
  /** Organizations this service serves; undefined before the first pull. */
  organizations(): ServicePolicy['organizations'] | undefined;
  /** Says what a key is good for. @throws UnavailableError */
  introspect(text: string): Promise<Introspection>;
  /** The published keys its tokens are signed with. */
  keys(clock: () => number): KeySource;
  /** The catalogues its compact tokens count in. */
  catalogues(clock: () => number): CatalogueSource;
  /** Waits for changes and calls `wake` at each, and for what that gives; gives the function that stops it. */
  onPush(wake: () => unknown): () => void;
  /** Ends every wait. */
  close(): Promise<void>;
}
