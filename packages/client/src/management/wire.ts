// Times are Unix seconds. Null means that there is none.

/** Answer of `GET /v1/who`: the short form if the credential is valid for one organization. */
export type WhoAnswer =
  | { readonly ident: string; readonly orgs: readonly string[]; readonly perms: readonly string[] }
  | { readonly ident: string; readonly user_perms: Readonly<Record<string, readonly string[]>> };

/** Members of the answer of every command that changes or removes something. */
export interface ChangeAnswer {
  /** Time by which the change applies in every process: the commit time plus the staleness bound. */
  readonly everywhereBy: number;
}

/** One permission of the catalogue. */
export interface PermissionEntry {
  readonly name: string;
  readonly description: string;
  /** True if it is in no family and no "select all", and only holders of it can grant it. */
  readonly privileged: boolean;
}

/** Permissions that one task needs. */
export interface PermissionPreset {
  readonly name: string;
  readonly perms: readonly string[];
}

/** Answer of `GET /owner_permissions`. */
export interface CatalogueAnswer {
  readonly perms: readonly string[];
  readonly permissions: readonly PermissionEntry[];
  readonly presets: readonly PermissionPreset[];
  readonly roles: readonly RoleEntry[];
}

/** A role of members, and its permissions. */
export interface RoleEntry {
  readonly name: string;
  readonly perms: readonly string[];
}

/** An organization in a list. */
export interface OrganizationEntry {
  readonly oid: string;
  readonly name: string;
}

/** Answer of `GET /v1/orgs/:oid`. */
export interface OrganizationAnswer extends OrganizationEntry {
  /** Location of its data. */
  readonly loc: string;
  readonly created: number;
}

/** Answer of `GET /v1/user/orgs`. */
export interface UserOrganizationsAnswer {
  readonly orgs: readonly OrganizationEntry[];
  readonly total: number;
}

/** One valid secret of a key. There are two while a rotation overlaps. */
export interface KeySecretEntry {
  readonly created: number;
  readonly last_used: number | null;
  readonly ends: number | null;
}

/** One key in a list. */
export interface KeyEntry {
  readonly name: string;
  /** Permissions, with families expanded. */
  readonly priv: readonly string[];
  /** Permissions and families as they were granted. */
  readonly grants: readonly string[];
  /** Creator, as a text for people. */
  readonly by: string;
  readonly oid: string;
  readonly flairs: readonly string[];
  readonly created: number;
  readonly expires: number | null;
  readonly disabled: boolean;
  readonly description: string | null;
  /** CIDR ranges, separated by commas; empty means any address. */
  readonly allowed_ip_range: string;
  readonly last_used: number | null;
  readonly secrets: readonly KeySecretEntry[];
  /** Version of the key, for a change of it. */
  readonly etag: string;
}

/** Answer of a change of a key. */
export interface UpdatedKeyAnswer extends KeyEntry, ChangeAnswer {
  readonly key_hash: string;
}

/** Keys by their public id, which the wire calls `key_hash`. */
export type KeyEntries = Readonly<Record<string, KeyEntry>>;

/** A new key. Its secret is shown only here. */
export interface NewKeyAnswer {
  readonly api_key: string;
  readonly key_hash: string;
  /** True if the key continues a dead one of its name. */
  readonly continued?: true;
}

/** Effect of a name on a new key. */
export interface KeyNameAnswer {
  /** True if a valid or disabled key has the name. */
  readonly taken: boolean;
  /** True if a new key continues a dead one of the name: it owns what that key created, and holds its locks. */
  readonly continues: boolean;
  /** True if it can also read what is secret to that key. */
  readonly secret_continues: boolean;
}

/** Answer of a rotation. */
export interface RotatedKeyAnswer extends NewKeyAnswer, ChangeAnswer {
  /** Time at which the old secret expires. */
  readonly old_ends: number;
}

/** A new ingestion key. It is shown only here, unless the service keeps ingestion keys readable. */
export interface NewIngestionKeyAnswer {
  readonly name: string;
  readonly key: string;
}

/** Offer of an organization to the calling user. */
export interface InvitationEntry {
  readonly oid: string;
  /** Name of the organization. */
  readonly name: string;
  /** Role of the offered membership; null if only groups give permissions. */
  readonly role: 'owner' | 'member' | null;
  readonly made: number;
  /** When the offer expires. */
  readonly ends: number;
}

/** Permissions that users of an organization were granted, by e-mail address, or by uid if the address is withheld. */
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

/** A group in a list. */
export interface GroupEntry {
  readonly gid: string;
  readonly name: string;
}

/** A group with everything it contains. */
export interface GroupAnswer extends GroupEntry {
  /** The id again, under LimaCharlie's name. */
  readonly group_id: string;
  /** E-mail addresses. */
  readonly owners: readonly string[];
  /** E-mail addresses; present only for owners of the group. */
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

/** A user for a program: it cannot sign in, has one key, and has the permissions of its groups. */
export interface ApiUserEntry {
  readonly uid: string;
  readonly name: string;
  readonly email: string;
  readonly active: boolean;
  /** Public id of its one key. */
  readonly key_hash: string | null;
  /** Groups it is in, directly or through nested groups. */
  readonly groups: readonly string[];
  /** Version of its state and its key. */
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
  /** Actor, as a text for people. */
  readonly ident: string;
  /** Identity of the actor; null for the command line. */
  readonly actor: string | null;
  readonly action: string;
  readonly target: string;
  readonly address: string | null;
  readonly outcome: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Answer of a command that returns nothing else. */
export interface SuccessAnswer extends ChangeAnswer {
  readonly success: true;
}
