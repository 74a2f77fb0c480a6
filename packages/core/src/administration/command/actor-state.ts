import type { SecretRow } from '../../store/rows.js';
import type { Entitlements } from './entitlements.js';

/** The actor as the store has it now, read inside the command's transaction. */
export interface ActorState {
  readonly operator: boolean;
  /** Identity; undefined for the operator. */
  readonly identity: string | undefined;
  readonly name: string;
  readonly address: string | undefined;
  readonly keyId: string | undefined;
  /** The secret the actor acts by; undefined for a token. */
  readonly secret: SecretRow | undefined;
  /** The secret is being rotated out, or the token was exchanged for one that is. */
  readonly retiring: boolean;
  readonly uid: string | undefined;
  /** A whole credential of the user: it may act in their own name. See `requireOwnName`. */
  readonly whole: boolean;
  /** The key sees only what it made, wherever it is used. */
  readonly segmented: boolean;
  readonly reason: string | undefined;
  /** What the actor holds in an organization; undefined where it has nothing to do. */
  in(oid: string): Entitlements | undefined;
  /** The same; where the credential is the user's whole one and not good for the organization, what the user holds there. */
  asUser(oid: string): Entitlements | undefined;
}
