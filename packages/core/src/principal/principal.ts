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
  | 'subject';

/** View of a principal in one organization. Frozen. */
export interface OrganizationView extends OrganizationCaller {
  /** Concrete permissions, sorted; families are expanded. */
  readonly permissions: readonly string[];
  /** The permissions as bits over the catalogue, 30 to a number. */
  readonly bits: readonly number[];
  readonly flairs: readonly Flair[];
  /** The membership role `owner`, looked up when the principal was read. */
  readonly owner: boolean;
}

/**
 * The caller at this moment. Frozen and shared by every request that carries the same credential.
 *
 * Compare by `identity`, never by `name`, `ident` or `email`.
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
  /** User behind the credential, where there is one. */
  readonly uid: string | undefined;
  /** Identities of the services that act for the caller, the last one first; absent where the caller itself calls. */
  readonly actors?: readonly string[];
  /** True where `perms` was asked for with a token, whatever it left out, or a service took it; absent everywhere else. */
  readonly narrowed?: true;
  /** Policy of a service key; absent for every other credential. */
  readonly service?: ServicePolicy;
  /** Ids of the organizations the credential is good for, sorted. */
  readonly organizations: readonly string[];
  /** The principal in an organization; undefined where it has nothing to do. */
  in(oid: string): OrganizationView | undefined;
  /** Fires when the credential is revoked, ends, or what it may do has changed: for long answers and sockets. */
  readonly signal: AbortSignal;
}
