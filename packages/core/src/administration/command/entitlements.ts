import type { Flair } from '../../store/flair.js';

/**
 * Rights of a credential in one organization. `checkNoEscalation` compares the actor's rights with those of the
 * credential that a command creates or widens.
 */
export interface Entitlements {
  readonly oid: string;
  /** Permissions and permission families (such as `dr.*`), as they were granted. */
  readonly grants: readonly string[];
  readonly flairs: readonly Flair[];
  readonly owner: boolean;
  /**
   * True if the credential has fewer rights than its key or user. An example is a token that was requested with only
   * some permissions.
   */
  readonly narrowed: boolean;
  /** CIDR ranges from which the credential can be used. An empty list means any address. */
  readonly ranges: readonly string[];
  /** Expiry time, in milliseconds since the Unix epoch; null means never. */
  readonly expiresAt: number | null;
}
