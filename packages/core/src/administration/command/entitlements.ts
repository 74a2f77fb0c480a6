import type { Flair } from '../../store/flair.js';

/** What a credential can do in one organization; one side of `checkNoEscalation`. */
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
