import type { RevocationScopes } from '../revision/revocation-scopes.js';
import type { TokenAudience } from './token/text/registered-claims.js';

/** The part of `Validity` that a principal uses to check whether its credential is still valid. */
export interface CredentialValidity {
  /**
   * Asserts that the credential is valid, as far as this process knows. Never waits.
   *
   * @throws DeniedError if it is not valid; UnavailableError if the last sync is older than the maximum staleness.
   */
  assertCounts(held: CachedCredential): void;
  /**
   * True if the credential can be used without waiting: it is valid, and this process has read changes recently enough.
   *
   * @param isSameTurn True if the credential was found in this turn of the event loop. The clocks are not read again.
   */
  counts(held: CachedCredential, isSameTurn: boolean): boolean;
  /** True if no change that this process knows of revokes the credential. Does not check how old that knowledge is. */
  isGood(held: CachedCredential, now: number): boolean;
  /** Returns the signal that is aborted once the credential is no longer valid. */
  signalOf(held: CachedCredential): AbortSignal;
}

/** A cached credential: the changes that revoke it, its expiry, and its state. */
export interface CachedCredential extends RevocationScopes {
  /** Expiry time, in milliseconds since the Unix epoch. Infinity if the credential never expires. */
  readonly expiresAt: number;
  /** Lookup tag of the API key that was sent. Absent for a token. */
  readonly secret?: string;
  /**
   * Incarnation of the database that issued a token. A restore gives the database a new incarnation. Absent for a key.
   */
  readonly incarnation?: string;
  /** True for a token that was obtained with a secret that is being rotated out. Absent otherwise. */
  readonly retiring?: true;
  /** Audience of a token, if the gate has protected resources. Absent for a key. */
  readonly audience?: TokenAudience;
  /** Checks whether the credential is still valid. Written once, when the credential is cached. */
  validity: CredentialValidity | undefined;
  /**
   * Number of the change history that `rev` belongs to. A restore starts a new history. Written together with
   * `validity`.
   */
  history: number;
  /**
   * Time, in milliseconds since the Unix epoch, until which the credential is valid even though a newer change was
   * known when it was read. Otherwise 0.
   */
  standsUntil: number;
  /** Controller of the credential's abort signal. Created when the signal is first read. */
  ending: AbortController | undefined;
}

/** Data of a credential that was read from the store or from a token. */
type ReadScopes = Omit<RevocationScopes, 'checkedAt'> &
  Pick<CachedCredential, 'secret' | 'incarnation' | 'retiring' | 'audience'>;

/** Creates a {@link CachedCredential} that is not in a cache yet. */
export function createCachedCredential(scopes: ReadScopes, expiresAt: number): CachedCredential {
  return { ...scopes, checkedAt: -1, expiresAt, validity: undefined, history: -1, standsUntil: 0, ending: undefined };
}
