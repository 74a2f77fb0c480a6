import type { Millis, Role } from './columns.js';

/** A user has accepted an organization: what is given to them there counts. */
export interface ConsentRow {
  readonly uid: string;
  readonly oid: string;
  /** 0 for what was there before consents were stored. */
  readonly acceptedAt: Millis;
}

/** Something that was given to a user in an organization they have not accepted. */
export interface OfferRow {
  readonly oid: string;
  readonly uid: string;
  /** Empty for a membership; the id of the group the user was put into. */
  readonly via: string;
  /** Who gave it: a uid, or the identity of a key that is no user's. */
  readonly giver: string;
  /** Key of the giver that is no user's; null for a user. */
  readonly giverKey: string | null;
  /** What this giver offers by a membership. */
  readonly role: Role;
  readonly permissions: readonly string[];
  /** The e-mail address the giver named the user by; null for a uid. */
  readonly address: string | null;
  readonly madeAt: Millis;
}

/** A user has declined what an organization offered, which may not offer again for a while. */
export interface DeclineRow {
  readonly uid: string;
  readonly oid: string;
  readonly declinedAt: Millis;
}
