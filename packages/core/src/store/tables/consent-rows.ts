import type { Millis, Role } from '../columns.js';

/**
 * A record that a user has accepted an organization. Only then do rights that were granted to the user in this
 * organization take effect.
 */
export interface ConsentRow {
  readonly uid: string;
  readonly oid: string;
  /** Time of the consent. 0 if the user became a member before consents were stored. */
  readonly acceptedAt: Millis;
}

/**
 * An offer of rights to a user in an organization. The user has not accepted the organization, so the offered rights
 * have no effect yet.
 */
export interface OfferRow {
  readonly oid: string;
  readonly uid: string;
  /** Id of the group that the user was added to. Empty if a membership in the organization is offered. */
  readonly via: string;
  /** Giver of the offer: a uid, or the identity of a key that belongs to no user. */
  readonly giver: string;
  /** Id of the giver's key. Null if the giver is a user. */
  readonly giverKey: string | null;
  /** Role in the offered membership. */
  readonly role: Role;
  readonly permissions: readonly string[];
  /** E-mail address with which the giver identified the user. Null if the giver used the uid. */
  readonly address: string | null;
  readonly madeAt: Millis;
}

/** A declined offer. For 30 days after the user declined, the organization cannot make a new offer to the user. */
export interface DeclineRow {
  readonly uid: string;
  readonly oid: string;
  readonly declinedAt: Millis;
}

/**
 * A link between a user of this service and an account at an identity provider. The person with this account signs in
 * to the console as this user. A user is linked to at most one account.
 */
export interface LinkedSubjectRow {
  /** Issuer of the identity provider. */
  readonly issuer: string;
  /** Claim `sub` of the provider's ID tokens. */
  readonly subject: string;
  readonly uid: string;
  readonly linkedAt: Millis;
}

/** A session of the console, opened by signing in with an identity provider. */
export interface SessionRow {
  readonly uid: string;
  /** Public id of the session, which takes the place of a key id in the session's tokens. */
  readonly sessionId: string;
  /** HMAC of the session cookie's value. */
  readonly tag: string;
  /**
   * Number of the last security change before the session was opened. The session is revoked if all tokens of one of
   * the user's organizations are revoked at a later revision.
   */
  readonly revision: number;
  readonly createdAt: Millis;
  readonly expiresAt: Millis;
}

/**
 * The last revocation of all tokens of an organization. It also revoked the console sessions of the organization's
 * users.
 */
export interface TokenRevocationRow {
  readonly oid: string;
  readonly revision: number;
}
