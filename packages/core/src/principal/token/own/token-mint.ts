import type { Outcome } from '../../../denial/denial.js';
import type { Flair } from '../../../store/flair.js';
import type { PrincipalKind } from '../../principal.js';

/** The content of a token before it has a lifetime, an issuer and a signature. */
export interface TokenGrant {
  /** Identity id. */
  readonly subject: string;
  readonly secretId: string;
  readonly kind: PrincipalKind;
  readonly keyId: string;
  /** Name that clients show; the claim `email`. */
  readonly ident: string;
  readonly uid: string | undefined;
  /** `organization` for an array `oid` with `perms`, `user` for a map `oid`. */
  readonly shape: 'organization' | 'user';
  readonly organizations: readonly {
    readonly oid: string;
    readonly permissions: readonly string[];
    readonly flairs: readonly Flair[];
  }[];
  /** True if the caller or a service requested permissions by name. */
  readonly narrowed: boolean;
  /**
   * True if the exchanged secret is being rotated out.
   *
   * @default false
   */
  readonly retiring?: boolean;
  readonly incarnation: string;
  readonly revision: number;
  /** Unix time, or a number of seconds below 10⁹; undefined for one hour. */
  readonly expiry: number | undefined;
  /** Latest expiry of the token, in milliseconds since 1970. */
  readonly notAfter: number;
  /** Audience of the token; absent for the issuer's own. */
  readonly audience?: string;
  /** Services that act for the subject, the last one first; absent for none. */
  readonly actors?: readonly string[];
}

/** A signed token, and its `exp` in seconds since 1970. */
export interface SignedToken {
  readonly jwt: string;
  readonly expiresAt: number;
}

/** Signs a token for a grant. Refuses with `ERR_VALIDATION` (expiry) or `ERR_TOKEN_TOO_LARGE`. */
export type TokenMint = (grant: TokenGrant) => Outcome<SignedToken>;
