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

/** A principal's rights in one organization. Frozen. */
export interface OrganizationView extends OrganizationCaller {
  /** Sorted permissions. Families such as `dr.*` are expanded. */
  readonly permissions: readonly string[];
  /** The permissions as bits in the order of the catalogue, 30 bits per number. */
  readonly bits: readonly number[];
  readonly flairs: readonly Flair[];
  /** True if the user had the membership role `owner` when the principal was read. */
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
  /** Name of the key, or e-mail address of the user. For display only. */
  readonly name: string;
  /** Name that LimaCharlie's clients show: `name`, or `name@e-mail` for a user's key. */
  readonly ident: string;
  readonly via: 'api-key' | 'token';
  /** Public id of the API key: the key that was sent, or the key that was exchanged for the token. */
  readonly keyId: string | undefined;
  /** Id of the user that the credential belongs to. Undefined for the key of an organization or a service. */
  readonly uid: string | undefined;
  /**
   * Identities of the services that act for the caller. The service that sent the request is first. Absent if the
   * caller sent the request itself.
   */
  readonly actors?: readonly string[];
  /**
   * True for a token that a service requested, or that was requested with a list of permissions (`perms`), even if that
   * list removed no permission. Absent otherwise.
   */
  readonly narrowed?: true;
  /** Policy of a service key. Absent for other credentials. */
  readonly service?: ServicePolicy;
  /** Sorted ids of the organizations in which the credential is valid. */
  readonly organizations: readonly string[];
  /** Returns the rights in an organization. Undefined if the credential is not valid there. */
  in(oid: string): OrganizationView | undefined;
  /**
   * Aborted when the credential is revoked or expires, or when its rights change. Use the signal to end long responses
   * and sockets.
   */
  readonly signal: AbortSignal;
}
