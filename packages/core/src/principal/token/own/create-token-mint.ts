import type { TokenSigner } from '../foreign/algorithms.js';
import { tokenLifetime } from './lifetime.js';
import { type MintedRights, type MintOptions, mintToken } from './mint.js';
import type { TokenGrant, TokenMint } from './token-mint.js';

/** Options of `createTokenMint`. */
export interface TokenMintOptions extends MintOptions {
  /** Claim `iss` of the tokens. */
  readonly issuer: string;
  /** Claim `aud` of the tokens. */
  readonly audience: string;
  /** Returns the key to sign with: the signing ring's `signer`, or the HS256 key. */
  readonly signer: () => TokenSigner;
  /** Returns the current time in milliseconds since the Unix epoch. */
  readonly clock: () => number;
  /**
   * Maximum lifetime of a token in seconds.
   *
   * @default 3600
   */
  readonly maxTokenSeconds?: number;
}

/**
 * Creates the function with which the token exchange signs tokens. The created function computes the token's lifetime,
 * then signs the token.
 *
 * @example
 * const mint = createTokenMint({ issuer, audience, signer: () => ring.signer(), clock: Date.now });
 */
export function createTokenMint(options: TokenMintOptions): TokenMint {
  const { issuer, signer, clock, maxTokenSeconds = 3600 } = options;
  return (grant) => {
    const now = clock();
    const expiresAt = tokenLifetime({ expiry: grant.expiry, now, maxTokenSeconds, keyExpiresAt: grant.notAfter });
    if (!expiresAt.allowed) return expiresAt;
    const { subject, secretId, kind, keyId, ident, uid, narrowed, retiring = false } = grant;
    const { incarnation, revision, actors = [] } = grant;
    const said = { subject, secretId, kind, keyId, ident, uid, narrowed, retiring, incarnation, revision, actors };
    const { audience = options.audience } = grant;
    const issuedAt = Math.floor(now / 1000);
    return mintToken(
      { ...said, issuer, audience, issuedAt, expiresAt: expiresAt.value, rights: rightsOf(grant) },
      signer(),
      options,
    );
  };
}

function rightsOf({ shape, organizations }: TokenGrant): MintedRights {
  if (shape === 'user')
    return { kind: 'user', rights: new Map(organizations.map(({ oid, ...rights }) => [oid, rights])) };
  const [only] = organizations;
  if (only === undefined || organizations.length > 1) throw new TypeError('a token of this shape has one organization');
  const { oid, ...rights } = only;
  return { kind: 'organization', oid, rights };
}
