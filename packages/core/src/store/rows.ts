import type { Millis, Role } from './columns.js';
import type { Flair } from './flair.js';
import type {
  ConsentRow,
  DeclineRow,
  LinkedSubjectRow,
  OfferRow,
  SessionRow,
  TokenRevocationRow,
} from './tables/consent-rows.js';
import type { FederationRow, SecretRow, SigningKeyRow, UsageRow, UsedTokenRow } from './tables/key-rows.js';
import type { IntentRow, OwnershipRow, OwnershipTypeRow } from './tables/ownership-rows.js';

export type {
  ConsentRow,
  DeclineRow,
  LinkedSubjectRow,
  OfferRow,
  SessionRow,
  TokenRevocationRow,
} from './tables/consent-rows.js';
export type { FederationRow, SecretRow, SigningKeyRow, UsageRow, UsedTokenRow } from './tables/key-rows.js';
export type { IntentRow, OwnershipRow, OwnershipTypeRow } from './tables/ownership-rows.js';

/** Kind of an API key. */
export type KeyKind = 'organization' | 'user' | 'api-user' | 'ingestion' | 'service' | 'federation';

/** The single row that counts security changes. */
export interface RevisionRow {
  readonly id: 1;
  /** Id of this history of changes. A restore of the database starts a new history with a new id. */
  readonly incarnation: string;
  /** Number of the last security change. */
  readonly n: number;
  /** Number of the last change that is no longer stored. All later changes are stored. */
  readonly prunedTo: number;
}

/** Kind of object that a security change affected. */
export type ScopeKind = 'key' | 'user' | 'membership' | 'org' | 'signing-key' | 'all';

/**
 * One object affected by the security change `n`. `id` depends on `scope`: `uid:oid` for `membership`, `*` for `all`.
 * For `user`, `id` is a uid, or the identity of a service whose key was revoked or has expired.
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

/** Key material, encrypted with a master key. `wrapping` identifies that master key. */
export interface MaterialRow {
  readonly name: 'lookup' | 'rest';
  readonly wrapping: string;
  readonly sealed: string;
}

/**
 * An ordered list of permissions, identified by its digest. The row is never removed. The digest covers only the names
 * and their order, not the descriptions or the privileged marks.
 */
export interface CatalogueRow {
  readonly digest: string;
  readonly entries: readonly CatalogueEntry[];
}

/** A permission of a catalogue. A privileged permission must be granted by name, not by a family such as `dr.*`. */
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
  readonly description: string | null;
}

/** A person (`standard`) or an API user. */
export interface UserRow {
  readonly uid: string;
  readonly email: string;
  readonly type: 'standard' | 'api';
  /** Organization in which an API user was created. Null for people. */
  readonly oid: string | null;
  readonly active: boolean;
  readonly createdAt: Millis;
}

/** Role and grants of a user in an organization. */
export interface MembershipRow {
  readonly uid: string;
  readonly oid: string;
  readonly role: Role;
  /** Granted permissions, and permission families such as `dr.*`. */
  readonly permissions: readonly string[];
  /** True if the user has accepted the organization ({@link ConsentRow}). False if the membership is only offered. */
  readonly accepted: boolean;
}

/** Kind of an identity. */
export type IdentityKind = 'key' | 'user-key' | 'user' | 'ingestion' | 'service' | 'federation' | 'subject';

/** An identity, which owns resources and outlives its keys. The name of an identity is unique within `scope`. */
export interface IdentityRow {
  readonly id: string;
  readonly kind: IdentityKind;
  readonly scope: string;
  readonly name: string;
  readonly secretId: string;
  readonly createdBy: string | null;
  readonly createdAt: Millis;
}

/** Rights of a service key. */
export interface ServicePolicy {
  /** Organizations that the service serves. */
  readonly organizations: readonly string[] | 'all';
  /**
   * Services that this service may call for its callers, and the permissions that this service may pass to each one.
   */
  readonly mayExchange: readonly { readonly audience: string; readonly permissions: readonly string[] }[];
}

/**
 * An API key or a federation. A key's secrets are in {@link SecretRow}, a federation's rule is in {@link
 * FederationRow}.
 */
export interface KeyRow {
  readonly keyId: string;
  readonly identity: string;
  readonly kind: KeyKind;
  readonly oid: string | null;
  readonly uid: string | null;
  readonly name: string;
  readonly flairs: readonly Flair[];
  readonly permissions: readonly string[];
  /** CIDR ranges from which the key may be used; an empty list means any address. */
  readonly ranges: readonly string[];
  readonly description: string | null;
  /** Identity that created the key. Null if the operator's command line created the key. */
  readonly createdBy: string | null;
  /** Display name of the creator. */
  readonly createdByName: string;
  readonly createdAt: Millis;
  readonly expiresAt: Millis | null;
  readonly disabledAt: Millis | null;
  readonly revokedAt: Millis | null;
  /** Masked text of an ingestion key. */
  readonly masked: string | null;
  /** Encrypted text of an ingestion key that can be shown again. Null for all other keys. */
  readonly sealed: string | null;
  readonly policy: ServicePolicy | null;
  /** True for a decoy key, whose first use raises an event. */
  readonly honeytoken: boolean;
}

/** A group of users, which grants its members permissions in the organizations attached to it. */
export interface GroupRow {
  readonly gid: string;
  readonly name: string;
  /** Permissions that every member gets in every attached organization. */
  readonly permissions: readonly string[];
  readonly createdBy: string | null;
  readonly createdAt: Millis;
  readonly version: number;
}

/** A member of a group. */
export interface GroupMemberRow {
  readonly gid: string;
  readonly uid: string;
  /** True if the group grants the user rights in an accepted organization. Requests read only rows with true here. */
  readonly accepted: boolean;
  /** Giver of the membership: a uid, or the identity of a key that belongs to no user. Null for the operator. */
  readonly giver: string | null;
  /** E-mail address with which the giver identified the user. Null if the giver used the uid. */
  readonly address: string | null;
}

/** An owner of a group, who may change the group. */
export interface GroupOwnerRow {
  readonly gid: string;
  readonly uid: string;
  /** Giver of the ownership: a uid, or the identity of a key that belongs to no user. Null for the operator. */
  readonly giver: string | null;
  /** E-mail address with which the giver identified the user. Null if the giver used the uid. */
  readonly address: string | null;
}

/** An organization attached to a group. */
export interface GroupOrganizationRow {
  readonly gid: string;
  readonly oid: string;
}

/** A group nested in another group. The members of the group `child` count as members of the group `gid`, too. */
export interface GroupChildRow {
  readonly gid: string;
  readonly child: string;
}

/** An object that counts toward its creator's limits while it exists. */
export interface MadeRow {
  /** Uid of the user who created the object, or oid of the organization whose key created it. */
  readonly uid: string;
  readonly kind: 'organization' | 'group' | 'user';
  /** Id of the object: an oid, a gid, or a uid. */
  readonly id: string;
}

/** Action on a Lime object. */
export type ObjectAction = 'read' | 'write' | 'add' | 'delete';

/** A policy, as in the Lime API: actions that group members may perform, by group id and object type. */
export interface PolicyRow {
  readonly oid: string;
  readonly name: string;
  readonly grants: Readonly<Record<string, Readonly<Record<string, readonly ObjectAction[]>>>>;
  readonly version: number;
}

/** One entry of the audit. */
export interface AuditRow {
  readonly id: string;
  readonly at: Millis;
  readonly oid: string | null;
  /** Identity of the actor. Null for the operator's command line and for the process itself. */
  readonly actor: string | null;
  readonly actorName: string;
  readonly action: string;
  readonly target: string;
  readonly address: string | null;
  readonly outcome: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Response to a create command, stored for at least 24 hours so that a repeated request gets the same response. */
export interface IdempotencyRow {
  readonly identity: string;
  readonly key: string;
  readonly at: Millis;
  readonly answer: Readonly<Record<string, unknown>>;
}

/** Row type of each table in a store. */
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
  readonly linkedSubject: LinkedSubjectRow;
  readonly session: SessionRow;
  readonly tokenRevocation: TokenRevocationRow;
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
