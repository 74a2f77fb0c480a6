import type { SecretRow } from '../../store/rows.js';
import type { Entitlements } from './entitlements.js';

/** State of the actor, read from the store in the command's transaction. */
export interface ActorState {
  readonly operator: boolean;
  /** Id of the actor's identity. Undefined for the operator. */
  readonly identity: string | undefined;
  readonly name: string;
  readonly address: string | undefined;
  readonly keyId: string | undefined;
  /** The secret that the actor sent. Undefined if the actor sent a token. */
  readonly secret: SecretRow | undefined;
  /**
   * True if the credential is a secret that a rotation has replaced, or a token issued in exchange for such a secret.
   */
  readonly retiring: boolean;
  readonly uid: string | undefined;
  /**
   * True if the credential has all rights of its user. Such a credential can act in the user's own name.
   *
   * @see requireOwnName
   */
  readonly whole: boolean;
  /** True if the key has the `segment` flair, and therefore sees only what it created, in every organization. */
  readonly segmented: boolean;
  readonly reason: string | undefined;
  /** Returns the actor's rights in an organization, or undefined if the actor has none there. */
  in(oid: string): Entitlements | undefined;
  /**
   * Returns the actor's rights in an organization, as `in` does. There is one exception: if the credential has all
   * rights of its user (`whole`), but is a token that is not valid in the organization, returns the user's rights in
   * the organization.
   */
  asUser(oid: string): Entitlements | undefined;
}
