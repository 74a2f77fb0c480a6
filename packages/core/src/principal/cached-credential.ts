import type { RevocationScopes } from '../revision/revocation-scopes.js';
import type { TokenAudience } from './token/text/registered-claims.js';

/** The part of `Validity` that a principal uses to check its own credential. */
export interface CredentialValidity {
  /**
   * Asserts that the credential is valid, as far as this process knows. Never waits.
   *
   * @throws DeniedError; UnavailableError past the bound
   */
  assertCounts(held: CachedCredential): void;
  /**
   * True while the credential can be used without waiting: it is valid, and the revision is current. Never waits.
   *
   * @param isSameTurn True where it was found in this turn of the event loop: the clocks are not read again.
   */
  counts(held: CachedCredential, isSameTurn: boolean): boolean;
  /** True while the credential is valid, by the changes that are known now. Does not check how old that knowledge is. */
  isGood(held: CachedCredential, now: number): boolean;
  /** Returns the signal, which is aborted once the credential is no longer valid. */
  signalOf(held: CachedCredential): AbortSignal;
}

/** A cached credential: its revocation scopes, its expiry, and its state. */
export interface CachedCredential extends RevocationScopes {
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** Lookup tag of the secret that was sent. Absent for a token. */
  readonly secret?: string;
  /** Incarnation of the database that issued a token; absent for a key. */
  readonly incarnation?: string;
  /** True for a token exchanged for a secret that was being rotated out. Absent otherwise. */
  readonly retiring?: true;
  /** Audience of a token, if the gate has protected resources. Absent for a key. */
  readonly audience?: TokenAudience;
  /** Decides whether the credential is still valid. Written once, when it is cached. */
  validity: CredentialValidity | undefined;
  /** Identifies the history of changes that `rev` belongs to. Written together with `validity`. */
  history: number;
  /** Wall time until which the credential stays valid although changes had overtaken its read. Otherwise 0. */
  standsUntil: number;
  /** Aborts its signal. Written once, when the signal is first read. */
  ending: AbortController | undefined;
}

/** The data of a credential that was read from the store or from a token. */
type ReadScopes = Omit<RevocationScopes, 'checkedAt'> &
  Pick<CachedCredential, 'secret' | 'incarnation' | 'retiring' | 'audience'>;

/** Creates a {@link CachedCredential} that is in no cache yet. */
export function createCachedCredential(scopes: ReadScopes, expiresAt: number): CachedCredential {
  return { ...scopes, checkedAt: -1, expiresAt, validity: undefined, history: -1, standsUntil: 0, ending: undefined };
}
