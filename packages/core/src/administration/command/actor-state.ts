import type { SecretRow } from '../../store/rows.js';
import type { Entitlements } from './entitlements.js';

/** The actor as the store has it now, read in the transaction of the command. */
export interface ActorState {
  readonly operator: boolean;
  /** Id of the identity. Undefined for the operator. */
  readonly identity: string | undefined;
  readonly name: string;
  readonly address: string | undefined;
  readonly keyId: string | undefined;
  /** The secret the actor sent. Undefined for a token. */
  readonly secret: SecretRow | undefined;
  /** True if the secret is being rotated out, or the token was exchanged for one that is. */
  readonly retiring: boolean;
  readonly uid: string | undefined;
  /**
   * True for an unrestricted credential of the user, which can act in the user's own name.
   *
   * @see requireOwnName
   */
  readonly whole: boolean;
  /** True if the key sees only what it created, in every organization. */
  readonly segmented: boolean;
  readonly reason: string | undefined;
  /** Returns what the actor holds in an organization. Undefined if it holds nothing there. */
  in(oid: string): Entitlements | undefined;
  /**
   * Returns what the actor holds in an organization. If the credential does not cover the organization but is an
   * unrestricted one of a user, returns what the user holds there.
   */
  asUser(oid: string): Entitlements | undefined;
}
