import type { Millis, Role } from './columns.js';
import type { ConsentRow, DeclineRow, OfferRow } from './consent-rows.js';
import type { Flair } from './flair.js';
import type { FederationRow, UsageRow, UsedTokenRow } from './key-rows.js';
import type { IntentRow, OwnershipRow, OwnershipTypeRow } from './ownership-rows.js';

export type { ConsentRow, DeclineRow, OfferRow } from './consent-rows.js';
export type { FederationRow, UsageRow, UsedTokenRow } from './key-rows.js';
export type { IntentRow, OwnershipRow, OwnershipTypeRow } from './ownership-rows.js';

/** Kind of an API key. */
export type KeyKind = 'organization' | 'user' | 'api-user' | 'ingestion' | 'service' | 'federation';

/** The single row that counts security changes. */
export interface RevisionRow {
  readonly id: 1;
  readonly incarnation: string;
  readonly n: number;
  readonly prunedTo: number;
}

/** Kind of object that a security change affected. */
export type ScopeKind = 'key' | 'user' | 'membership' | 'org' | 'signing-key' | 'all';

/**
 * One object affected by change `n`. The id of a membership is `uid:oid`, that of `all` is `*`, and that of `user` is a
 * uid, or the identity of a service whose key was revoked or has expired.
 */
export interface ChangeRow {
  readonly n: number;
  readonly at: Millis;
  readonly scope: ScopeKind;
  readonly id: string;
}

/** A stored setting, for example the issuer, the audience or the catalogue digest. */
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

/** An ordered list of permissions, identified by its digest. Never changed or removed. */
export interface CatalogueRow {
  readonly digest: string;
  readonly entries: readonly CatalogueEntry[];
}

/** One permission of a catalogue. A privileged one is in no family and must be granted by name. */
export interface CatalogueEntry {
  readonly name: string;
  readonly description: string;
  readonly privileged: boolean;
}

/** An organization. */
export interface OrganizationRow {
  readonly oid: string;
  readonly name: string;
  readonly location: string;
  readonly createdBy: string | null;
  readonly createdAt: Millis;
}

/** A person (`standard`) or an API user. */
export interface UserRow {
  readonly uid: string;
  readonly email: string;
  readonly type: 'standard' | 'api';
  /** Organization in which an API user was created; null for people. */
  readonly oid: string | null;
  readonly active: boolean;
  readonly createdAt: Millis;
}

/** Role and grants of a user in an organization. */
export interface MembershipRow {
  readonly uid: string;
  readonly oid: string;
  readonly role: Role;
  /** Grants: permissions or families. */
  readonly permissions: readonly string[];
  /** False for a membership that is only offered and grants nothing. True once there is a {@link ConsentRow}. */
  readonly accepted: boolean;
}

/** Kind of an identity. */
export type IdentityKind = 'key' | 'user-key' | 'user' | 'ingestion' | 'service' | 'federation' | 'subject';

/** An identity that owns, locks, is counted and is audited. `scope` is where its name is unique: organization, user, issuer. */
export interface IdentityRow {
  readonly id: string;
  readonly kind: IdentityKind;
  readonly scope: string;
  readonly name: string;
  readonly secretId: string;
  readonly createdBy: string | null;
  readonly createdAt: Millis;
}

/** Rights of a service key beyond verification. */
export interface ServicePolicy {
  /** Organizations that the service serves, or all of them. */
  readonly organizations: readonly string[] | 'all';
  readonly mayExchange: readonly { readonly audience: string; readonly permissions: readonly string[] }[];
}

/** An API key, whose secrets are in {@link SecretRow}, or a federation, whose rule is in {@link FederationRow}. */
export interface KeyRow {
  readonly keyId: string;
  readonly identity: string;
  readonly kind: KeyKind;
  readonly oid: string | null;
  readonly uid: string | null;
  readonly name: string;
  readonly flairs: readonly Flair[];
  readonly permissions: readonly string[];
  /** CIDR ranges of allowed addresses; empty allows every address. */
  readonly ranges: readonly string[];
  readonly description: string | null;
  /** Identity that created the key; null for the operator's command line. */
  readonly createdBy: string | null;
  /** Name that clients show for `createdBy`. */
  readonly createdByName: string;
  readonly createdAt: Millis;
  readonly expiresAt: Millis | null;
  readonly disabledAt: Millis | null;
  readonly revokedAt: Millis | null;
  /** Masked text of an ingestion key. `sealed` holds the whole text if it can be read again. */
  readonly masked: string | null;
  readonly sealed: string | null;
  readonly policy: ServicePolicy | null;
  /** True if the first use of the key raises an event. */
  readonly honeytoken: boolean;
}

/** One secret of a key. A key has at most two valid secrets. */
export interface SecretRow {
  /** HMAC of the whole key text under the look-up key: 128 bits in base64url. */
  readonly tag: string;
  readonly keyId: string;
  readonly hash: string;
  readonly createdAt: Millis;
  readonly endsAt: Millis | null;
  readonly lastUsedAt: Millis | null;
}

/** A group of users, with grants in its organizations. */
export interface GroupRow {
  readonly gid: string;
  readonly name: string;
  /** Grants of every member in every organization of the group. */
  readonly permissions: readonly string[];
  readonly createdBy: string | null;
  readonly createdAt: Millis;
  readonly version: number;
}

/** A member of a group. */
export interface GroupMemberRow {
  readonly gid: string;
  readonly uid: string;
  /** True if the group grants the user rights in an organization that they have accepted. Other rows are not read. */
  readonly accepted: boolean;
  /** Same as in `OfferRow`; null for the operator. */
  readonly giver: string | null;
  /** Same as in `OfferRow`. */
  readonly address: string | null;
}

/** An owner of a group, who can change it. */
export interface GroupOwnerRow {
  readonly gid: string;
  readonly uid: string;
  /** Same as in `OfferRow`; null for the operator. */
  readonly giver: string | null;
  /** Same as in `OfferRow`. */
  readonly address: string | null;
}

/** An organization of a group. */
export interface GroupOrganizationRow {
  readonly gid: string;
  readonly oid: string;
}

/** A group inside another: the members of `child` are members of `gid` as well. */
export interface GroupChildRow {
  readonly gid: string;
  readonly child: string;
}

/** An object that a user has created and that counts against the user's limits while it exists. */
export interface MadeRow {
  readonly uid: string;
  readonly kind: 'organization' | 'group' | 'user';
  /** An oid, a gid, or a uid. */
  readonly id: string;
}

/** Action on a Lime object. */
export type ObjectAction = 'read' | 'write' | 'add' | 'delete';

/** A policy of Lime: allowed actions by group and object type. */
export interface PolicyRow {
  readonly oid: string;
  readonly name: string;
  readonly grants: Readonly<Record<string, Readonly<Record<string, readonly ObjectAction[]>>>>;
  readonly version: number;
}

/** A key of the signing ring. */
export interface SigningKeyRow {
  readonly kid: string;
  readonly algorithm: 'ES256' | 'RS256';
  readonly publicJwk: Readonly<Record<string, unknown>>;
  /** PKCS#8, sealed under the at-rest key. */
  readonly sealed: string;
  readonly createdAt: Millis;
  /** Time from which the key signs. It is published from `createdAt`. */
  readonly activeFrom: Millis;
  readonly retiredAt: Millis | null;
}

/** One entry of the audit. */
export interface AuditRow {
  readonly id: string;
  readonly at: Millis;
  readonly oid: string | null;
  /** Identity; null for the operator's command line and for the process itself. */
  readonly actor: string | null;
  readonly actorName: string;
  readonly action: string;
  readonly target: string;
  readonly address: string | null;
  readonly outcome: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Answer of a create command, stored for 24 hours so that a repetition returns the same. */
export interface IdempotencyRow {
  readonly identity: string;
  readonly key: string;
  readonly at: Millis;
  readonly answer: Readonly<Record<string, unknown>>;
}

/** Rows of every table of a store. */
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
  readonly federation: FederationRow;
  readonly usedToken: UsedTokenRow;
  readonly signingKey: SigningKeyRow;
  readonly ownership: OwnershipRow;
  readonly ownershipType: OwnershipTypeRow;
  readonly intent: IntentRow;
  readonly audit: AuditRow;
  readonly usage: UsageRow;
  readonly replay: IdempotencyRow;
}

/** Name of a table. */
export type TableName = keyof Tables;
