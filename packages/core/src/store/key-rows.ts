import type { Millis } from './columns.js';

/** Usage of one key in one organization on one day. */
export interface UsageRow {
  readonly oid: string;
  /** Days since 1970, in UTC. */
  readonly day: number;
  readonly keyId: string;
  readonly calls: number;
  /** Refusals, without those by a call limit. */
  readonly denials: number;
  /** Refusals by a call limit. */
  readonly limited: number;
  /** Number of requests that used each permission. */
  readonly permissions: Readonly<Record<string, number>>;
}

/** The rule of a federation: whose tokens it accepts. Its name, flairs and permissions are in its `KeyRow`. */
export interface FederationRow {
  readonly keyId: string;
  readonly oid: string;
  readonly issuer: string;
  readonly audience: string;
  /** Claims that must have exactly these values. */
  readonly matches: Readonly<Record<string, string>>;
  /** Lifetime of the tokens that it gives, in seconds. */
  readonly ttlSeconds: number;
  /** True if a token of the issuer can be exchanged once only. */
  readonly once: boolean;
}

/** A token of another issuer that was exchanged and cannot be exchanged again. */
export interface UsedTokenRow {
  readonly issuer: string;
  /** Digest of `jti`. */
  readonly tokenId: string;
  readonly endsAt: Millis;
}
