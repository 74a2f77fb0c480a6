import type { Flair } from '../store/flair.js';
import type { ServicePolicy } from '../store/rows.js';
import type { OrganizationCaller } from './organization-caller.js';

export type PrincipalKind =
  | 'organization-key'
  | 'user-key'
  | 'api-user'
  | 'user'
  | 'ingestion-key'
  | 'service'
  | 'federation'
  | 'subject';

/** View of a principal in one organization. Frozen. */
export interface OrganizationView extends OrganizationCaller {
  /** Permissions, sorted. Families are expanded. */
  readonly permissions: readonly string[];
  /** The permissions as bits over the catalogue, 30 to a number. */
  readonly bits: readonly number[];
  readonly flairs: readonly Flair[];
  /** True if the user has the membership role `owner`, at the time when the principal was read. */
  readonly owner: boolean;
}

/**
 * The current rights of a caller. Frozen, and shared by all requests with the same credential.
 *
 * Compare callers by `identity`, never by `name`, `ident` or `email`.
 */
export interface Principal {
  readonly kind: PrincipalKind;
  readonly identity: string;
  readonly secretId: string;
  /** Name of the key, or e-mail of the user. For people. */
  readonly name: string;
  /** Name that LimaCharlie's clients show: `name`, or `name@e-mail` for a user's key. */
  readonly ident: string;
  readonly via: 'api-key' | 'token';
  /** Public id of the key that was sent, or that the token was exchanged for. */
  readonly keyId: string | undefined;
  /** User that the credential belongs to. Undefined for keys of organizations and services. */
  readonly uid: string | undefined;
  /**
   * Identities of the services that act for the caller, the last one first. Absent if the caller sent the request
   * itself.
   */
  readonly actors?: readonly string[];
  /**
   * True for a token that was requested with `perms`, even if that removed nothing, or that a service requested. Absent
   * otherwise.
   */
  readonly narrowed?: true;
  /** Policy of a service key. Absent for other credentials. */
  readonly service?: ServicePolicy;
  /** Ids of the organizations the credential is valid in, sorted. */
  readonly organizations: readonly string[];
  /** Returns the rights in an organization. Undefined if the credential is not valid there. */
  in(oid: string): OrganizationView | undefined;
  /** Aborted when the credential is revoked or expires, or when its rights change. For long responses and sockets. */
  readonly signal: AbortSignal;
}
