import type { Millis, Role } from './columns.js';

/** The consent of a user to an organization, which makes the rights given to them there effective. */
export interface ConsentRow {
  readonly uid: string;
  readonly oid: string;
  /** Time of the consent. 0 for a membership that is older than stored consents. */
  readonly acceptedAt: Millis;
}

/** An offer of rights to a user in an organization that the user has not accepted. */
export interface OfferRow {
  readonly oid: string;
  readonly uid: string;
  /** Id of the group that the user was added to; empty for a membership. */
  readonly via: string;
  /** Giver of the offer: a uid, or the identity of a key that belongs to no user. */
  readonly giver: string;
  /** Key of a giver that is not a user; null for a user. */
  readonly giverKey: string | null;
  /** Role that this giver offers by a membership. */
  readonly role: Role;
  readonly permissions: readonly string[];
  /** E-mail address that the giver used for the user; null if it was a uid. */
  readonly address: string | null;
  readonly madeAt: Millis;
}

/** A user's refusal of an offer. The organization cannot make another offer for a while. */
export interface DeclineRow {
  readonly uid: string;
  readonly oid: string;
  readonly declinedAt: Millis;
}
