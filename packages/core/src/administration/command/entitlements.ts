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
   * True if the credential carries fewer rights than its key or user, for example a token with a subset of permissions.
   */
  readonly narrowed: boolean;
  /** CIDR ranges; an empty list means any address. */
  readonly ranges: readonly string[];
  /** Expiry time, in milliseconds since the Unix epoch; null means never. */
  readonly expiresAt: number | null;
}
