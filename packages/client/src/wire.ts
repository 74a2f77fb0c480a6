/** Rights of a caller in one organization. */
export interface IntrospectedOrganization {
  readonly permissions: readonly string[];
  readonly flairs: readonly string[];
  readonly owner: boolean;
}

/**
 * Response to `POST /oauth/introspect`. Times are Unix times in seconds.
 *
 * @see RFC 7662 §2.2
 */
export type IntrospectionAnswer =
  | { readonly active: false }
  | {
      readonly active: true;
      readonly iss: string;
      /** Audience of the token. Absent for an API key. */
      readonly aud?: string | readonly string[];
      /** Id of the caller's identity. To compare callers, compare this id. */
      readonly sub: string;
      /** The caller's `secretId`. The caller may read content of `secret` resources that are marked with this id. */
      readonly sid: string;
      readonly kind: string;
      readonly name: string;
      readonly ident: string;
      /** Public id of the key. */
      readonly kid?: string;
      readonly uid?: string;
      /** The caller's rights by organization id, limited to organizations that the requesting service serves. */
      readonly organizations: Readonly<Record<string, IntrospectedOrganization>>;
      readonly inc: string;
      readonly rev: number;
      readonly exp?: number;
      /** CIDR ranges from which the key may be used. Absent means any address. */
      readonly ranges?: readonly string[];
      /** Services that act on behalf of the caller, the most recent one first. */
      readonly actors?: readonly string[];
    };

/**
 * Response to `POST /oauth/token`.
 *
 * @see RFC 8693 §2.2.1
 */
export interface TokenAnswer {
  readonly access_token: string;
  readonly issued_token_type: string;
  readonly token_type: 'Bearer';
  /** Lifetime in seconds. */
  readonly expires_in: number;
  /** Permissions, separated by spaces. */
  readonly scope: string;
}

/**
 * Response to a refused request to `/oauth/…`.
 *
 * @see RFC 6749 §5.2
 */
export interface OAuthRefusal {
  readonly error: string;
  readonly error_description: string;
}

/** Response to `GET /v1/changes`, which tells a service what changed in the database of Flairgate. */
export interface ChangesAnswer {
  readonly protocol: 1;
  readonly inc: string;
  readonly n: number;
  readonly prunedTo: number;
  readonly changes: readonly { readonly n: number; readonly scope: string; readonly id: string }[];
  /** Organizations that the requesting service serves. Changes to other organizations are omitted. */
  readonly organizations: readonly string[] | 'all';
  /** True if more changes follow. To read them, send the request again with the `n` of this response. */
  readonly more: boolean;
  /** Milliseconds for which the service held the request until there was a change. */
  readonly heldMs: number;
  /** Age of the data in milliseconds when the response was sent. */
  readonly ageMs: number;
}

/** Value of `grant_type` for an exchange on behalf of a caller. @see RFC 8693 §2.1 */
export const TOKEN_EXCHANGE_GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** Value of `subject_token_type` if the credential to exchange is a token. @see RFC 8693 §3 */
export const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';

/** Value of `subject_token_type` if the credential to exchange is an API key. */
export const API_KEY_TYPE = 'urn:flairgate:params:oauth:token-type:api-key';
