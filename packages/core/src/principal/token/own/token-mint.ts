import type { Outcome } from '../../../denial/denial.js';
import type { Flair } from '../../../store/flair.js';
import type { PrincipalKind } from '../../principal.js';

/** The content of a token, before lifetime, issuer and signature are added. */
export interface TokenGrant {
  /** Id of the identity that the token is for (claim `sub`). */
  readonly subject: string;
  readonly secretId: string;
  readonly kind: PrincipalKind;
  readonly keyId: string;
  /** Name that clients show, in the claim `email`. */
  readonly ident: string;
  readonly uid: string | undefined;
  /** Format of the rights: `organization` has an array `oid` with `perms`, `user` has an object `oid`. */
  readonly shape: 'organization' | 'user';
  readonly organizations: readonly {
    readonly oid: string;
    readonly permissions: readonly string[];
    readonly flairs: readonly Flair[];
  }[];
  /**
   * True if a service requested the token, or if the request listed permissions, even if that list removed no
   * permission.
   */
  readonly narrowed: boolean;
  /**
   * True if the exchanged secret is being rotated out (replaced).
   *
   * @default false
   */
  readonly retiring?: boolean;
  readonly incarnation: string;
  readonly revision: number;
  /** Requested expiry: a Unix time, or a number of seconds below 10⁹. If undefined, the token is valid for one hour. */
  readonly expiry: number | undefined;
  /** Latest possible expiry of the token, in milliseconds since the Unix epoch. */
  readonly notAfter: number;
  /** Audience of the token. If absent, the token gets the issuer's own audience. */
  readonly audience?: string;
  /** Identities of the services that act for the subject. The current actor is first. Absent if there are none. */
  readonly actors?: readonly string[];
}

/** A signed token, and its `exp` in seconds since the Unix epoch. */
export interface SignedToken {
  readonly jwt: string;
  readonly expiresAt: number;
}

/**
 * Function that signs a token for a grant. Refuses an invalid expiry with `ERR_VALIDATION`, a key that has expired with
 * `ERR_KEY_INVALID`, and a token that is too large with `ERR_TOKEN_TOO_LARGE`.
 */
export type TokenMint = (grant: TokenGrant) => Outcome<SignedToken>;
