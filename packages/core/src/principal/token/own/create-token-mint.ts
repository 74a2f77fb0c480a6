import type { TokenSigner } from '../foreign/algorithms.js';
import { tokenLifetime } from './lifetime.js';
import { type MintedRights, type MintOptions, mintToken } from './mint.js';
import type { TokenGrant, TokenMint } from './token-mint.js';

export interface TokenMintOptions extends MintOptions {
  readonly issuer: string;
  readonly audience: string;
  /** The key to sign with now; a ring's `signer`, or the one HS256 key. */
  readonly signer: () => TokenSigner;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Longest life of a token. Default 3600. */
  readonly maxTokenSeconds?: number;
}

/** Makes the function the exchange signs with: it computes the lifetime, then mints. */
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
