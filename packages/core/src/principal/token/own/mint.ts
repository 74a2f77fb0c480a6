import { randomBytes } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import { allow, type Outcome } from '../../../denial/denial.js';
import { deny } from '../../../denial/denial-table.js';
import { algorithms, type TokenSigner } from '../foreign/algorithms.js';
import { encodedLength } from '../text/base64url.js';
import { impliedKind, MAX_ACTORS, type OwnClaims } from '../text/claims.js';
import { type CompactCatalogue, encodeCompact } from '../text/compact.js';
import type { Rights } from '../text/rights.js';

/**
 * Rights that are written into a token: in one organization, or in each organization of a user. A token that was
 * requested with `oid=-` has no organizations.
 */
export type MintedRights =
  | { readonly kind: 'organization'; readonly oid: string; readonly rights: Rights }
  | { readonly kind: 'user'; readonly rights: ReadonlyMap<string, Rights> };

/** The content of a token. Times are in seconds since the Unix epoch. */
export interface TokenInput extends Omit<OwnClaims, 'actors' | 'narrowed' | 'retiring'> {
  readonly issuer: string;
  readonly audience: string;
  /** Id of the identity that the token is for (claim `sub`). */
  readonly subject: string;
  readonly issuedAt: number;
  /** Expiry time, computed by {@link tokenLifetime}. */
  readonly expiresAt: number;
  readonly rights: MintedRights;
  readonly narrowed?: boolean;
  readonly retiring?: boolean;
  readonly actors?: readonly string[];
}

/** Options of `mintToken`. */
export interface MintOptions {
  /** Permission catalogue for the compact format. Without it, no token is compact. */
  readonly catalogue?: CompactCatalogue;
  /**
   * Size in bytes above which a token for several organizations is written in the compact format.
   *
   * @default 4096
   */
  readonly compactAboveBytes?: number;
  /**
   * Maximum size of a token in bytes.
   *
   * @default 8192
   */
  readonly maxTokenBytes?: number;
  /** Source of the random bytes for `jti`. By default, `randomBytes` of `node:crypto`. */
  readonly random?: (bytes: number) => Uint8Array;
}

/** A signed token, and its `exp` in seconds since the Unix epoch. */
export interface MintedToken {
  readonly jwt: string;
  readonly expiresAt: number;
}

const JTI_BYTES = 16;

/**
 * Signs a token with exactly the content of the input. `typ` is `at+jwt`.
 *
 * A token for one organization has the plain format, in which clients can read `perms`, if the plain token fits into
 * `maxTokenBytes`. Only a larger token is compact.
 *
 * Does not check that the subject has these rights. The caller must have read the rights in the snapshot that has the
 * revision number `revision`.
 *
 * Refuses with `ERR_TOKEN_TOO_LARGE` (`bytes`, `limit`) if the token is larger than `maxTokenBytes` in both formats.
 *
 * @see RFC 9068 §2
 */
export function mintToken(input: TokenInput, signer: TokenSigner, options: MintOptions = {}): Outcome<MintedToken> {
  const { compactAboveBytes = 4096, maxTokenBytes = 8192, random = randomBytes } = options;
  const header = { alg: signer.algorithm, typ: 'at+jwt', kid: signer.kid };
  const common = commonClaims(input, Buffer.from(random(JTI_BYTES)).toString('base64url'));
  const plain = JSON.stringify({ ...common, ...plainRights(input.rights) });
  const plainBytes = tokenBytes(header, plain, signer);
  const several = input.rights.kind === 'user' && input.rights.rights.size > 1;
  const compact =
    plainBytes > (several ? Math.min(compactAboveBytes, maxTokenBytes) : maxTokenBytes)
      ? compactPayload(common, input.rights, options.catalogue)
      : undefined;
  const payload = compact ?? plain;
  const bytes = compact === undefined ? plainBytes : tokenBytes(header, compact, signer);
  if (bytes > maxTokenBytes) return deny('ERR_TOKEN_TOO_LARGE', { members: { bytes, limit: maxTokenBytes } });
  const jwt = jsonwebtoken.sign(payload, signer.key, { algorithm: signer.algorithm, header });
  return allow({ jwt, expiresAt: input.expiresAt });
}

/**
 * Returns the claims that every token has. `uid` is empty for an organization's key, as LimaCharlie's clients expect.
 */
function commonClaims(input: TokenInput, jti: string): Readonly<Record<string, unknown>> {
  const { uid, keyId, kind, narrowed, retiring, actors = [] } = input;
  if (actors.length > MAX_ACTORS) throw new TypeError(`a chain must have at most ${MAX_ACTORS} services`);
  return {
    iss: input.issuer,
    aud: input.audience,
    sub: input.subject,
    iat: input.issuedAt,
    exp: input.expiresAt,
    jti,
    uid: uid ?? '',
    email: input.ident,
    kid: keyId,
    sid: input.secretId,
    inc: input.incarnation,
    rev: input.revision,
    knd: kind === impliedKind(uid) ? undefined : kind,
    narrowed: narrowed === true ? true : undefined,
    retiring: retiring === true ? true : undefined,
    act: actorClaim(actors),
  };
}

function actorClaim(actors: readonly string[]): unknown {
  return actors.reduceRight<unknown>((act, sub) => (act === undefined ? { sub } : { sub, act }), undefined);
}

function plainRights(minted: MintedRights): Readonly<Record<string, unknown>> {
  if (minted.kind === 'organization') {
    return { oid: [minted.oid], perms: minted.rights.permissions, flairs: minted.rights.flairs };
  }
  const entries = [...minted.rights];
  return {
    oid: Object.fromEntries(entries.map(([oid, { permissions }]) => [oid, permissions])),
    flairs: Object.fromEntries(
      entries.filter(([, { flairs }]) => flairs.length > 0).map(([oid, { flairs }]) => [oid, flairs]),
    ),
  };
}

function compactPayload(
  common: Readonly<Record<string, unknown>>,
  minted: MintedRights,
  catalogue: CompactCatalogue | undefined,
): string | undefined {
  if (catalogue === undefined) return undefined;
  const rights = minted.kind === 'user' ? minted.rights : new Map([[minted.oid, minted.rights]]);
  const cmp = encodeCompact(rights, catalogue);
  return cmp === undefined ? undefined : JSON.stringify({ ...common, cmp });
}

/** Computes the size of a token before it is signed. */
function tokenBytes(header: object, payload: string, { algorithm, key }: TokenSigner): number {
  const parts = [
    Buffer.byteLength(JSON.stringify(header)),
    Buffer.byteLength(payload),
    algorithms[algorithm].signatureBytes(key),
  ];
  return parts.reduce((sum, bytes) => sum + encodedLength(bytes), parts.length - 1);
}
