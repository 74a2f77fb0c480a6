import type { Millis } from '../columns.js';

/** Usage of one key in one organization on one day. */
export interface UsageRow {
  readonly oid: string;
  /** Number of days since the Unix epoch, in UTC. */
  readonly day: number;
  readonly keyId: string;
  readonly calls: number;
  /** Number of refused requests, except those refused by a rate limit. */
  readonly denials: number;
  /** Number of requests refused by a rate limit. */
  readonly limited: number;
  /** Number of requests that used each permission. */
  readonly permissions: Readonly<Record<string, number>>;
}

/**
 * Rule of a federation. The rule describes which tokens of an external issuer the federation accepts. The name, flairs
 * and permissions of the federation are in its `KeyRow`.
 */
export interface FederationRow {
  readonly keyId: string;
  readonly oid: string;
  readonly issuer: string;
  readonly audience: string;
  /** Claims that must have exactly these values. */
  readonly matches: Readonly<Record<string, string>>;
  /** Lifetime, in seconds, of the tokens that this service issues in exchange. */
  readonly ttlSeconds: number;
  /** True if each token of the external issuer can be exchanged only once. */
  readonly once: boolean;
}

/** An external issuer's token that was exchanged and cannot be exchanged again. */
export interface UsedTokenRow {
  readonly issuer: string;
  /** Digest of the token's `jti` claim. */
  readonly tokenId: string;
  readonly endsAt: Millis;
}

/** A key for signing tokens. */
export interface SigningKeyRow {
  readonly kid: string;
  readonly algorithm: 'ES256' | 'RS256';
  readonly publicJwk: Readonly<Record<string, unknown>>;
  /** Private key in PKCS#8 format, encrypted with the at-rest key. */
  readonly sealed: string;
  readonly createdAt: Millis;
  /** Time from which the key signs tokens. The public key is published from `createdAt` on. */
  readonly activeFrom: Millis;
  readonly retiredAt: Millis | null;
}

/** One secret of a key. A key has at most two valid secrets. */
export interface SecretRow {
  /** Lookup tag: an HMAC of the whole text of the key, 128 bits in base64url. */
  readonly tag: string;
  readonly keyId: string;
  readonly hash: string;
  readonly createdAt: Millis;
  readonly endsAt: Millis | null;
  readonly lastUsedAt: Millis | null;
}
