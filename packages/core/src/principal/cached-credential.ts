import type { RevocationScopes } from '../revision/revocation-scopes.js';
import type { TokenAudience } from './token/text/registered-claims.js';

/** The part of `Validity` that a principal uses to check whether its credential is still valid. */
export interface CredentialValidity {
  /**
   * Asserts that the credential is valid, as far as this process knows. Never waits.
   *
   * @throws DeniedError if the credential is not valid; UnavailableError if the last sync (read of new changes) is
   *   older than the maximum staleness.
   */
  assertCounts(held: CachedCredential): void;
  /**
   * True if the credential can be used without waiting: the credential is valid, and this process has read new changes
   * recently enough.
   *
   * @param isSameTurn True if the credential was found in this turn of the event loop. In this case, the clocks are not
   *   read again.
   */
  counts(held: CachedCredential, isSameTurn: boolean): boolean;
  /**
   * True if the credential has not expired, and no change that this process has read revokes the credential. Does not
   * check how recently this process has read changes.
   */
  isGood(held: CachedCredential, now: number): boolean;
  /** Returns the signal that is aborted once the credential is no longer valid. */
  signalOf(held: CachedCredential): AbortSignal;
}

/** A cached credential: which changes revoke the credential, when the credential expires, and its state. */
export interface CachedCredential extends RevocationScopes {
  /** Expiry time, in milliseconds since the Unix epoch. Infinity if the credential never expires. */
  readonly expiresAt: number;
  /**
   * Lookup tag of the API key that was sent: the index value under which the key's secret is stored. Absent for a
   * token.
   */
  readonly secret?: string;
  /**
   * Incarnation id of the database when the token was issued. Each restore of the database from a backup creates a new
   * incarnation id. Absent for a key.
   */
  readonly incarnation?: string | undefined;
  /** True for a token if the secret that was exchanged for it is being rotated out (replaced). Absent otherwise. */
  readonly retiring?: true | undefined;
  /** Audience of a token. Absent for a key, and absent if the gate has no protected resources. */
  readonly audience?: TokenAudience | undefined;
  /** Checks whether the credential is still valid. Written once, when the credential is cached. */
  validity: CredentialValidity | undefined;
  /**
   * Number of the change history in which the revision number `rev` counts. A restore starts a new history. Set
   * together with `validity`.
   */
  history: number;
  /**
   * Time, in milliseconds since the Unix epoch, until which the credential stays valid although a change made it out of
   * date while it was being read. 0 for a credential that was up to date when it was read.
   */
  standsUntil: number;
  /** Controller of the credential's abort signal. Created when the signal is first read. */
  ending: AbortController | undefined;
}

/** Data of a credential that was read from the store or from a token. */
type ReadScopes = Omit<RevocationScopes, 'checkedAt'> &
  Pick<CachedCredential, 'secret' | 'incarnation' | 'retiring' | 'audience'>;

/**
 * Creates a {@link CachedCredential} that is not in a cache yet.
 *
 * Each property is listed. On Node 20, an object that is created with a spread before other properties has a hidden
 * class of its own: 400 bytes more, and slower reads.
 */
export function createCachedCredential(scopes: ReadScopes, expiresAt: number): CachedCredential {
  const { rev, keyId, uid, organizations, signingKey, secret } = scopes;
  if (secret !== undefined) {
    return {
      rev,
      keyId,
      uid,
      organizations,
      signingKey,
      secret,
      expiresAt,
      checkedAt: -1,
      validity: undefined,
      history: -1,
      standsUntil: 0,
      ending: undefined,
    };
  }
  const { actors, incarnation, retiring, audience } = scopes;
  return {
    rev,
    keyId,
    uid,
    organizations,
    signingKey,
    actors,
    incarnation,
    retiring,
    audience,
    expiresAt,
    checkedAt: -1,
    validity: undefined,
    history: -1,
    standsUntil: 0,
    ending: undefined,
  };
}
