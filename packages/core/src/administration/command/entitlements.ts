import type { Flair } from '../../store/flair.js';

/** What a credential is good for in one organization: one side of `checkNoEscalation`. */
export interface Entitlements {
  readonly oid: string;
  /** Concrete permissions and families, as granted. */
  readonly grants: readonly string[];
  readonly flairs: readonly Flair[];
  readonly owner: boolean;
  /** A token with fewer permissions than its key. */
  readonly narrowed: boolean;
  /** CIDR ranges; empty = from anywhere. */
  readonly ranges: readonly string[];
  /** Milliseconds since 1970; null = never. */
  readonly expiresAt: number | null;
}
