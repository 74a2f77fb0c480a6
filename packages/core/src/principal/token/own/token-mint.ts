import type { Outcome } from '../../../denial/denial.js';
import type { Flair } from '../../../store/flair.js';
import type { PrincipalKind } from '../../principal.js';

/** What a token is to say, before it has a lifetime, an issuer and a signature. */
export interface TokenGrant {
  /** Identity id. */
  readonly subject: string;
  readonly secretId: string;
  readonly kind: PrincipalKind;
  readonly keyId: string;
  /** What clients show; the claim `email`. */
  readonly ident: string;
  readonly uid: string | undefined;
  /** `organization`: array `oid` with `perms`; `user`: map `oid`. */
  readonly shape: 'organization' | 'user';
  readonly organizations: readonly {
    readonly oid: string;
    readonly permissions: readonly string[];
    readonly flairs: readonly Flair[];
  }[];
  /** The caller asked for permissions by name, or a service did. */
  readonly narrowed: boolean;
  /** The secret it was asked for with is being rotated out. Default false. */
  readonly retiring?: boolean;
  readonly incarnation: string;
  readonly revision: number;
  /** Unix time, or seconds below 10⁹; undefined = the default of one hour. */
  readonly expiry: number | undefined;
  /** Milliseconds since 1970 the token may not outlive. */
  readonly notAfter: number;
  /** Whom the token is for; absent = the issuer's own audience. */
  readonly audience?: string;
  /** Services that act for the subject, the last one first; absent = none. */
  readonly actors?: readonly string[];
}

/** A signed token, and its `exp` in seconds since 1970. */
export interface SignedToken {
  readonly jwt: string;
  readonly expiresAt: number;
}

/** Signs a token for a grant. Refuses with `ERR_VALIDATION` (expiry) or `ERR_TOKEN_TOO_LARGE`. */
export type TokenMint = (grant: TokenGrant) => Outcome<SignedToken>;
