// Times are unix seconds; null stands for none.

/** Answer of `GET /v1/who`: the short form where the credential is good for one organization. */
export type WhoAnswer =
  | { readonly ident: string; readonly orgs: readonly string[]; readonly perms: readonly string[] }
  | { readonly ident: string; readonly user_perms: Readonly<Record<string, readonly string[]>> };

/** What every command tells that ends or changes something. */
export interface ChangeAnswer {
  /** When the change counts in every process, whatever becomes of the push: a whole bound after its commit. */
  readonly everywhereBy: number;
}

/** One permission of the catalogue. */
export interface PermissionEntry {
  readonly name: string;
  readonly description: string;
  /** In no family and no "select all"; only who holds it may hand it out. */
  readonly privileged: boolean;
}

/** Permissions that a task needs together. */
export interface PermissionPreset {
  readonly name: string;
  readonly perms: readonly string[];
}

/** Answer of `GET /owner_permissions`. */
export interface CatalogueAnswer {
  readonly perms: readonly string[];
  readonly permissions: readonly PermissionEntry[];
  readonly presets: readonly PermissionPreset[];
}

export interface OrganizationEntry {
  readonly oid: string;
  readonly name: string;
}

/** Answer of `GET /v1/orgs/:oid`. */
export interface OrganizationAnswer extends OrganizationEntry {
  /** Where its data is kept. */
  readonly loc: string;
  readonly created: number;
}

/** Answer of `GET /v1/user/orgs`. */
export interface UserOrganizationsAnswer {
  readonly orgs: readonly OrganizationEntry[];
  readonly total: number;
}

/** One live secret of a key: two while a rotation overlaps. */
export interface KeySecretEntry {
  readonly created: number;
  readonly last_used: number | null;
  readonly ends: number | null;
}

/** One key in a list. */
export interface KeyEntry {
  readonly name: string;
  /** Concrete permissions; families are expanded. */
  readonly priv: readonly string[];
  /** Permissions and families as they were granted. */
  readonly grants: readonly string[];
  /** Who made it, for people. */
  readonly by: string;
  readonly oid: string;
  readonly flairs: readonly string[];
  readonly created: number;
  readonly expires: number | null;
  readonly disabled: boolean;
  readonly description: string | null;
  /** CIDR ranges with commas between; empty = from anywhere. */
  readonly allowed_ip_range: string;
  readonly last_used: number | null;
  readonly secrets: readonly KeySecretEntry[];
}

/** Keys by their public id, which the wire calls `key_hash`. */
export type KeyEntries = Readonly<Record<string, KeyEntry>>;

/** A new key: the one time its secret is shown. */
export interface NewKeyAnswer {
  readonly api_key: string;
  readonly key_hash: string;
}

/** Answer of a rotation. */
export interface RotatedKeyAnswer extends NewKeyAnswer, ChangeAnswer {
  /** When the old secret ends. */
  readonly old_ends: number;
}

/** A new ingestion key: the one time it is shown, unless the service keeps them readable. */
export interface NewIngestionKeyAnswer {
  readonly name: string;
  readonly key: string;
}

/** What an organization offers the calling user. */
export interface InvitationEntry {
  readonly oid: string;
  /** Name of the organization. */
  readonly name: string;
  /** Role of the offered membership; null where only groups give something. */
  readonly role: 'owner' | 'member' | null;
  readonly made: number;
  /** When the offer expires. */
  readonly ends: number;
}

/** What users of an organization were granted there, by e-mail address, or by uid where the address is withheld. */
export interface UserPermissionsAnswer {
  readonly user_permissions: Readonly<Record<string, readonly string[]>>;
  readonly roles: Readonly<Record<string, 'owner' | 'member'>>;
  /** Users who have not accepted the organization yet, named as in the other members. */
  readonly offered: readonly string[];
  readonly etags: Readonly<Record<string, string>>;
}

/** Answer of a change of one user's permissions. */
export interface ChangedPermissionsAnswer extends ChangeAnswer {
  readonly success: true;
  readonly user_permissions: Readonly<Record<string, readonly string[]>>;
  readonly etag: string;
}

/** Answer of `PUT /v1/orgs/:oid/users/role`. */
export interface RoleAnswer extends ChangeAnswer {
  readonly success: true;
  readonly role: string;
  readonly permissions: readonly string[];
  readonly etag: string;
}

export interface GroupEntry {
  readonly gid: string;
  readonly name: string;
}

/** A group, whole. */
export interface GroupAnswer extends GroupEntry {
  /** The id again, as LimaCharlie names it here. */
  readonly group_id: string;
  /** E-mail addresses. */
  readonly owners: readonly string[];
  /** E-mail addresses; for owners of the group only. */
  readonly members?: readonly string[];
  readonly perms: readonly string[];
  readonly orgs: readonly { readonly org_id: string; readonly org_name: string }[];
  /** Ids of the groups inside this one. */
  readonly groups: readonly string[];
}

/** A group and the version of what it grants. */
export interface ReadGroupAnswer {
  readonly group: GroupAnswer;
  readonly etag: string;
}

/** A user that signs in nowhere, has one key, and may do what its groups may. */
export interface ApiUserEntry {
  readonly uid: string;
  readonly name: string;
  readonly email: string;
  readonly active: boolean;
  /** Public id of its one key. */
  readonly key_hash: string | null;
  /** Groups it is in, also by groups inside them. */
  readonly groups: readonly string[];
  /** Names whether it is active, and its key. */
  readonly etag: string;
}

export type ObjectAction = 'read' | 'write' | 'add' | 'delete';

/** Group id to object type to what its users may do with objects of that type. */
export type PolicyGrants = Readonly<Record<string, Readonly<Record<string, readonly ObjectAction[]>>>>;

/** A policy and its version. */
export interface PolicyAnswer {
  readonly name: string;
  readonly grants: PolicyGrants;
  readonly etag: string;
}

/** One line of an audit. */
export interface AuditEntry {
  readonly id: string;
  readonly time: number;
  /** Who did it, for people. */
  readonly ident: string;
  /** Identity of who did it; null for the command line. */
  readonly actor: string | null;
  readonly action: string;
  readonly target: string;
  readonly address: string | null;
  readonly outcome: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Answer of a command that has nothing more to tell. */
export interface SuccessAnswer extends ChangeAnswer {
  readonly success: true;
}
