import type { KeyEntry } from '@flairgate/client';

/** A key in a list, with its public id. */
export interface NamedKey extends KeyEntry {
  readonly keyHash: string;
}
