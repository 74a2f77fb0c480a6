import type { Millis, Role } from './columns.js';
import type { ConsentRow, DeclineRow, OfferRow } from './consent-rows.js';
import type { Flair } from './flair.js';
import type { IntentRow, OwnershipRow, OwnershipTypeRow } from './ownership-rows.js';

export type { ConsentRow, DeclineRow, OfferRow } from './consent-rows.js';
export type { IntentRow, OwnershipRow, OwnershipTypeRow } from './ownership-rows.js';

export type KeyKind = 'organization' | 'user' | 'api-user' | 'ingestion' | 'service';

/** The one row that counts security changes. */
export interface RevisionRow {
  readonly id: 1;
  readonly incarnation: string;
  readonly n: number;
  readonly prunedTo: number;
}

/** What kind of thing a security change touched. */
export type ScopeKind = 'key' | 'user' | 'membership' | 'org' | 'signing-key' | 'all';

/**
 * One thing touched by change `n`. A membership's id is `uid:oid`; the id of `all` is `*`; that of `user` is a uid, or
 * the identity of a service whose key ended.
 */
export interface ChangeRow {
  readonly n: number;
  readonly at: Millis;
  readonly scope: ScopeKind;
  readonly id: string;
}

/** A named value that lasts: issuer, audience, catalogue digest. */
export interface SettingRow {
  readonly name: string;
  readonly value: string;
}

/** Key material, encrypted under the master key whose check value is `wrapping`. */
export interface MaterialRow {
  readonly name: 'lookup' | 'rest';
  readonly wrapping: string;
  readonly sealed: string;
}

/** An ordered list of permissions, named by its digest. Never changed, never removed. */
export interface CatalogueRow {
  readonly digest: string;
  readonly entries: readonly CatalogueEntry[];
}

export interface CatalogueEntry {
  readonly name: string;
  readonly description: string;
  readonly privileged: boolean;
}

export interface OrganizationRow {
  readonly oid: string;
  readonly name: string;
  readonly location: string;
  readonly createdBy: string | null;
  readonly createdAt: Millis;
}

export interface UserRow {
  readonly uid: string;
  readonly email: string;
  readonly type: 'standard' | 'api';
  /** Organization an API user was made in; null for people. */
  readonly oid: string | null;
  readonly active: boolean;
  readonly createdAt: Millis;
}

export interface MembershipRow {
  readonly uid: string;
  readonly oid: string;
  readonly role: Role;
  /** Grants: concrete permissions or families. */
  readonly permissions: readonly string[];
  /** False for one that is only offered: it gives nothing. True as soon as there is a {@link ConsentRow}. */
  readonly accepted: boolean;
}

export type IdentityKind = 'key' | 'user-key' | 'user' | 'ingestion' | 'service' | 'subject';

/** Who owns, locks, is counted and audited. `scope` is the organization, user or issuer the name is unique in. */
export interface IdentityRow {
  readonly id: string;
  readonly kind: IdentityKind;
  readonly scope: string;
  readonly name: string;
  readonly secretId: string;
  readonly createdBy: string | null;
  readonly createdAt: Millis;
}

/** What a service key may do beyond verification. */
export interface ServicePolicy {
  /** Organizations it serves, or all of them. */
  readonly organizations: readonly string[] | 'all';
  readonly mayExchange: readonly { readonly audience: string; readonly permissions: readonly string[] }[];
}

export interface KeyRow {
  readonly keyId: string;
  readonly identity: string;
  readonly kind: KeyKind;
  readonly oid: string | null;
  readonly uid: string | null;
  readonly name: string;
  readonly flairs: readonly Flair[];
  readonly permissions: readonly string[];
  /** CIDR ranges; empty = from anywhere. */
  readonly ranges: readonly string[];
  readonly description: string | null;
  /** Identity that made it; null = the operator's command line. */
  readonly createdBy: string | null;
  /** What clients show for `createdBy`. */
  readonly createdByName: string;
  readonly createdAt: Millis;
  readonly expiresAt: Millis | null;
  readonly disabledAt: Millis | null;
  readonly revokedAt: Millis | null;
  /** Masked text of an ingestion key, and the sealed one where it may be read again. */
  readonly masked: string | null;
  readonly sealed: string | null;
  readonly policy: ServicePolicy | null;
  /** Raises an event on first use. */
  readonly honeytoken: boolean;
}

/** One secret of a key. At most two live ones. */
export interface SecretRow {
  /** HMAC of the whole key text under the look-up key: 128 bits, base64url. */
  readonly tag: string;
  readonly keyId: string;
  readonly hash: string;
  readonly createdAt: Millis;
  readonly endsAt: Millis | null;
  readonly lastUsedAt: Millis | null;
}

export interface GroupRow {
  readonly gid: string;
  readonly name: string;
  /** Grants every member has in every organization of the group. */
  readonly permissions: readonly string[];
  readonly createdBy: string | null;
  readonly createdAt: Millis;
  readonly version: number;
}

export interface GroupMemberRow {
  readonly gid: string;
  readonly uid: string;
  /** Whether the group gives the user something in an organization they have accepted; others are not read. */
  readonly accepted: boolean;
  /** As in `OfferRow`; null for the operator. */
  readonly giver: string | null;
  /** As in `OfferRow`. */
  readonly address: string | null;
}

export interface GroupOwnerRow {
  readonly gid: string;
  readonly uid: string;
  /** As in `OfferRow`; null for the operator. */
  readonly giver: string | null;
  /** As in `OfferRow`. */
  readonly address: string | null;
}

export interface GroupOrganizationRow {
  readonly gid: string;
  readonly oid: string;
}

/** `child` is inside `gid`: its members count as members of `gid`. */
export interface GroupChildRow {
  readonly gid: string;
  readonly child: string;
}

/** What came about by what a user did, and counts against the user's limits while it lasts. */
export interface MadeRow {
  readonly uid: string;
  readonly kind: 'organization' | 'group' | 'user';
  /** An oid, a gid, or a uid. */
  readonly id: string;
}

export type ObjectAction = 'read' | 'write' | 'add' | 'delete';

/** Lime's policy: group, then object type, then what may be done with it. */
export interface PolicyRow {
  readonly oid: string;
  readonly name: string;
  readonly grants: Readonly<Record<string, Readonly<Record<string, readonly ObjectAction[]>>>>;
  readonly version: number;
}

export interface SigningKeyRow {
  readonly kid: string;
  readonly algorithm: 'ES256' | 'RS256';
  readonly publicJwk: Readonly<Record<string, unknown>>;
  /** PKCS#8, sealed under the at-rest key. */
  readonly sealed: string;
  readonly createdAt: Millis;
  /** When it starts to sign. Published from `createdAt`. */
  readonly activeFrom: Millis;
  readonly retiredAt: Millis | null;
}

export interface AuditRow {
  readonly id: string;
  readonly at: Millis;
  readonly oid: string | null;
  /** Identity; null = the operator's command line, or the process itself. */
  readonly actor: string | null;
  readonly actorName: string;
  readonly action: string;
  readonly target: string;
  readonly address: string | null;
  readonly outcome: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** What a create answered, kept 24 h so that a repeat gives the same. */
export interface IdempotencyRow {
  readonly identity: string;
  readonly key: string;
  readonly at: Millis;
  readonly answer: Readonly<Record<string, unknown>>;
}

/** Every table of a store. */
export interface Tables {
  readonly revision: RevisionRow;
  readonly change: ChangeRow;
  readonly setting: SettingRow;
  readonly material: MaterialRow;
  readonly catalogue: CatalogueRow;
  readonly organization: OrganizationRow;
  readonly user: UserRow;
  readonly membership: MembershipRow;
  readonly identity: IdentityRow;
  readonly key: KeyRow;
  readonly secret: SecretRow;
  readonly group: GroupRow;
  readonly groupMember: GroupMemberRow;
  readonly groupOwner: GroupOwnerRow;
  readonly groupOrganization: GroupOrganizationRow;
  readonly groupChild: GroupChildRow;
  readonly made: MadeRow;
  readonly policy: PolicyRow;
  readonly consent: ConsentRow;
  readonly offer: OfferRow;
  readonly decline: DeclineRow;
  readonly signingKey: SigningKeyRow;
  readonly ownership: OwnershipRow;
  readonly ownershipType: OwnershipTypeRow;
  readonly intent: IntentRow;
  readonly audit: AuditRow;
  readonly replay: IdempotencyRow;
}

export type TableName = keyof Tables;
