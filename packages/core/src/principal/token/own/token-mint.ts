import type { Outcome } from '../../../denial/denial.js';
import type { Flair } from '../../../store/flair.js';
import type { PrincipalKind } from '../../principal.js';

/** The content of a token, before lifetime, issuer and signature are added. */
export interface TokenGrant {
  /** Identity id. */
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
  /** True if permissions were requested by name, even if none was removed, or if a service requested the token. */
  readonly narrowed: boolean;
  /**
   * True if the exchanged secret is being rotated out.
   *
   * @default false
   */
  readonly retiring?: boolean;
  readonly incarnation: string;
  readonly revision: number;
  /** Requested expiry: a Unix time, or a number of seconds below 10⁹. Undefined means one hour. */
  readonly expiry: number | undefined;
  /** Latest possible expiry of the token, in milliseconds since the Unix epoch. */
  readonly notAfter: number;
  /** Audience of the token. Absent for the issuer's own audience. */
  readonly audience?: string;
  /** Services that act for the subject, the most recent first. Absent if there are none. */
  readonly actors?: readonly string[];
}

/** A signed token, and its `exp` in seconds since the Unix epoch. */
export interface SignedToken {
  readonly jwt: string;
  readonly expiresAt: number;
}

/** Function that signs a token for a grant. Refuses with `ERR_VALIDATION` (expiry) or `ERR_TOKEN_TOO_LARGE`. */
export type TokenMint = (grant: TokenGrant) => Outcome<SignedToken>;
