import type { Flair } from '../../store/flair.js';

/**
 * Rights of a credential in one organization. `checkNoEscalation` compares those of the actor with those of the target.
 */
export interface Entitlements {
  readonly oid: string;
  /** Concrete permissions and families, as granted. */
  readonly grants: readonly string[];
  readonly flairs: readonly Flair[];
  readonly owner: boolean;
  /** True for a token with fewer permissions than its key. */
  readonly narrowed: boolean;
  /** CIDR ranges; an empty list means any address. */
  readonly ranges: readonly string[];
  /** Expiry in milliseconds since 1970; null means never. */
  readonly expiresAt: number | null;
}
