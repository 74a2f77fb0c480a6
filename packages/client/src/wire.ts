/** Rights of a caller in one organization. */
export interface IntrospectedOrganization {
  readonly permissions: readonly string[];
  readonly flairs: readonly string[];
  readonly owner: boolean;
}

/**
 * Answer of `POST /oauth/introspect`. Times are seconds since 1970.
 *
 * @see RFC 7662 §2.2
 */
export type IntrospectionAnswer =
  | { readonly active: false }
  | {
      readonly active: true;
      readonly iss: string;
      /** Audience of a token; absent for an API key. */
      readonly aud?: string | readonly string[];
      /** Identity id. Compare callers by it. */
      readonly sub: string;
      /** The caller's `secretId`: the caller can read secret content that is stored under it. */
      readonly sid: string;
      readonly kind: string;
      readonly name: string;
      readonly ident: string;
      /** Public id of the key. */
      readonly kid?: string;
      readonly uid?: string;
      /** Organizations that the requesting service serves, by id. */
      readonly organizations: Readonly<Record<string, IntrospectedOrganization>>;
      readonly inc: string;
      readonly rev: number;
      readonly exp?: number;
      /** CIDR ranges the key can be used from; absent means any address. */
      readonly ranges?: readonly string[];
      /** Services that act for the caller, the most recent first. */
      readonly actors?: readonly string[];
    };

/**
 * Answer of `POST /oauth/token`.
 *
 * @see RFC 8693 §2.2.1
 */
export interface TokenAnswer {
  readonly access_token: string;
  readonly issued_token_type: string;
  readonly token_type: 'Bearer';
  /** Seconds. */
  readonly expires_in: number;
  /** Permissions, separated by spaces. */
  readonly scope: string;
}

/**
 * Refusals of `/oauth/…`.
 *
 * @see RFC 6749 §5.2
 */
export interface OAuthRefusal {
  readonly error: string;
  readonly error_description: string;
}

/** Answer of `GET /v1/changes`. */
export interface ChangesAnswer {
  readonly protocol: 1;
  readonly inc: string;
  readonly n: number;
  readonly prunedTo: number;
  readonly changes: readonly { readonly n: number; readonly scope: string; readonly id: string }[];
  /** Organizations that the requesting service serves; changes of other organizations are omitted. */
  readonly organizations: readonly string[] | 'all';
  /** True if more changes follow: send the request again with this `n`. */
  readonly more: boolean;
  /** Milliseconds that the request waited for a change before the changes were read. */
  readonly heldMs: number;
  /** Age of the data in milliseconds when the answer was sent. */
  readonly ageMs: number;
}

/** `grant_type` of an exchange on behalf of a caller. @see RFC 8693 §2.1 */
export const TOKEN_EXCHANGE_GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** `subject_token_type` of a token. @see RFC 8693 §3 */
export const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';

/** `subject_token_type` of an API key. */
export const API_KEY_TYPE = 'urn:flairgate:params:oauth:token-type:api-key';
