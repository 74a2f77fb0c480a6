// Times are Unix seconds. A value of null means "none".

/**
 * Response to `GET /v1/who`. If the credential is valid in exactly one organization, the response has `orgs` and
 * `perms`. Otherwise the response has `user_perms`, which lists the permissions by organization id.
 */
export type WhoAnswer =
  | { readonly ident: string; readonly orgs: readonly string[]; readonly perms: readonly string[] }
  | { readonly ident: string; readonly user_perms: Readonly<Record<string, readonly string[]>> };

/** Members of the response to every command that changes or removes something. */
export interface ChangeAnswer {
  /**
   * Time by which the change applies in every process. This is the time of the change plus the maximum staleness
   * (longest time for which a process may use old data).
   */
  readonly everywhereBy: number;
}

/** One permission of the catalogue. */
export interface PermissionEntry {
  readonly name: string;
  readonly description: string;
  /**
   * True if the permission must be granted by its own name. Neither a permission family (such as `dr.*`) nor a "select
   * all" of a user interface includes it. Only callers who have the permission may grant it.
   */
  readonly privileged: boolean;
}

/** A named set of permissions for one task. */
export interface PermissionPreset {
  readonly name: string;
  readonly perms: readonly string[];
}

/** Response to `GET /owner_permissions`. */
export interface CatalogueAnswer {
  readonly perms: readonly string[];
  readonly permissions: readonly PermissionEntry[];
  readonly presets: readonly PermissionPreset[];
  readonly roles: readonly RoleEntry[];
}

/** A role for members, and the role's permissions. */
export interface RoleEntry {
  readonly name: string;
  readonly perms: readonly string[];
}

/** An organization in a list. */
export interface OrganizationEntry {
  readonly oid: string;
  readonly name: string;
}

/** Response to `GET /v1/orgs/:oid`. */
export interface OrganizationAnswer extends OrganizationEntry {
  /** Location of the organization's data. */
  readonly loc: string;
  readonly created: number;
  /** Description of the organization. Empty if there is none. */
  readonly description: string;
}

/** Response to `GET /v1/user/orgs`. */
export interface UserOrganizationsAnswer {
  readonly orgs: readonly OrganizationEntry[];
  readonly total: number;
}

/** One valid secret of a key. During the overlap after a rotation, a key has two valid secrets. */
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
  /** Permissions and permission families (such as `dr.*`), as they were granted. */
  readonly grants: readonly string[];
  /** Readable name of the creator. */
  readonly by: string;
  readonly oid: string;
  readonly flairs: readonly string[];
  readonly created: number;
  readonly expires: number | null;
  /** Time of the revocation. Absent if the key is not revoked. */
  readonly revoked?: number;
  readonly disabled: boolean;
  readonly description: string | null;
  /** CIDR ranges, separated by commas. Empty means any address. */
  readonly allowed_ip_range: string;
  readonly last_used: number | null;
  readonly secrets: readonly KeySecretEntry[];
  /** Version of the key, to be sent as `etag` with a change. */
  readonly etag: string;
}

/** Response to a change to a key. */
export interface UpdatedKeyAnswer extends KeyEntry, ChangeAnswer {
  readonly key_hash: string;
}

/** Keys by public id, which the HTTP API calls `key_hash`. */
export type KeyEntries = Readonly<Record<string, KeyEntry>>;

/** A new key. The secret `api_key` is returned only in this response. */
export interface NewKeyAnswer {
  readonly api_key: string;
  readonly key_hash: string;
  /** True if the key continues (takes over the identity of) a revoked or expired key of the same name. */
  readonly continued?: true;
}

/** Use of a key name, and the effects of creating a new key with this name. */
export interface KeyNameAnswer {
  /** True if a valid or disabled key already has the name. */
  readonly taken: boolean;
  /**
   * True if a new key with this name would continue (take over the identity of) a revoked or expired key. The new key
   * would then own what the old key created, and hold the locks of the old key.
   */
  readonly continues: boolean;
  /** True if a new key with this name could also read the `secret` resources of the revoked or expired key. */
  readonly secret_continues: boolean;
}

/** Response to a rotation. */
export interface RotatedKeyAnswer extends NewKeyAnswer, ChangeAnswer {
  /** Time at which the old secret expires. */
  readonly old_ends: number;
}

/**
 * A new ingestion key. The member `key` is returned only in this response, unless the service keeps ingestion keys
 * readable.
 */
export interface NewIngestionKeyAnswer {
  readonly name: string;
  readonly key: string;
}

/** An offer from an organization to the calling user. */
export interface InvitationEntry {
  readonly oid: string;
  /** Name of the organization. */
  readonly name: string;
  /** Role of the offered membership. Null if only group permissions are offered. */
  readonly role: 'owner' | 'member' | null;
  readonly made: number;
  /** Time at which the offer expires. */
  readonly ends: number;
}

/** Permissions of an organization's users. A user is named by e-mail address, or by uid if the address is withheld. */
export interface UserPermissionsAnswer {
  readonly user_permissions: Readonly<Record<string, readonly string[]>>;
  readonly roles: Readonly<Record<string, 'owner' | 'member'>>;
  /** Users who have not yet accepted an offer of the organization. Each user is named as in `user_permissions`. */
  readonly offered: readonly string[];
  readonly etags: Readonly<Record<string, string>>;
}

/** Response to a change to one user's permissions. */
export interface ChangedPermissionsAnswer extends ChangeAnswer {
  readonly success: true;
  readonly user_permissions: Readonly<Record<string, readonly string[]>>;
  readonly etag: string;
}

/** Response to `PUT /v1/orgs/:oid/users/role`. */
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

/** A group with its owners, members, permissions and nested groups. */
export interface GroupAnswer extends GroupEntry {
  /** Id of the group, equal to `gid`. LimaCharlie uses this name for the member. */
  readonly group_id: string;
  /** E-mail addresses of the owners. */
  readonly owners: readonly string[];
  /** E-mail addresses of the members. Present only if the caller owns the group. */
  readonly members?: readonly string[];
  readonly perms: readonly string[];
  readonly orgs: readonly { readonly org_id: string; readonly org_name: string }[];
  /** Ids of the groups nested in this group. */
  readonly groups: readonly string[];
}

/** A group and the version of its permissions. */
export interface ReadGroupAnswer {
  readonly group: GroupAnswer;
  readonly etag: string;
}

/** An API user: a user account for a program. It cannot sign in, has one key, and has the permissions of its groups. */
export interface ApiUserEntry {
  readonly uid: string;
  readonly name: string;
  readonly email: string;
  readonly active: boolean;
  /** Public id of the API user's only key. Null if it has none. */
  readonly key_hash: string | null;
  /** Groups to which the API user belongs, directly or through nested groups. */
  readonly groups: readonly string[];
  /** Version of the API user's state and key. */
  readonly etag: string;
}

export type ObjectAction = 'read' | 'write' | 'add' | 'delete';

/** Actions that the users of a group may perform on objects of a type, by group id and then by object type. */
export type PolicyGrants = Readonly<Record<string, Readonly<Record<string, readonly ObjectAction[]>>>>;

/** A policy and its version. */
export interface PolicyAnswer {
  readonly name: string;
  readonly grants: PolicyGrants;
  readonly etag: string;
}

/** One audit entry. */
export interface AuditEntry {
  readonly id: string;
  readonly time: number;
  /** Readable name of the actor. */
  readonly ident: string;
  /** Identity of the actor. Null for the command line. */
  readonly actor: string | null;
  readonly action: string;
  readonly target: string;
  readonly address: string | null;
  readonly outcome: string;
  readonly details: Readonly<Record<string, unknown>>;
  /**
   * Names of the objects whose ids are in `target` and `details`, by id. Contains only names that the caller may see.
   * Absent if there are no such names.
   */
  readonly names?: Readonly<Record<string, string>>;
}

/** Response to a command that returns no data of its own. */
export interface SuccessAnswer extends ChangeAnswer {
  readonly success: true;
}
