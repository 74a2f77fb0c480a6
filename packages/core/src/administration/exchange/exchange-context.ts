import type { Catalogue } from '../../permission/catalogue.js';
import type { GuessQueue } from '../../principal/key/guess-queue.js';
import type { VerifyOnce } from '../../principal/key/hash/verify-once.js';
import type { KeyVerifier } from '../../principal/key/key-verifier.js';
import type { TokenMint } from '../../principal/token/own/token-mint.js';
import type { Store } from '../../store/store.js';
import type { AcceptExchanged } from '../invitations/accept-invitation.js';

/** Dependencies of the exchange. */
export interface ExchangeContext {
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly now: () => number;
  readonly verifyOnce: VerifyOnce;
  /**
   * Verifier shared with the gate, so that one bound on lookups applies to both.
   *
   * @default one per call, without a bound and without honeytokens
   */
  readonly keyVerifier?: KeyVerifier | undefined;
  /**
   * Queue in which secrets that match no key are compared with imported hashes.
   *
   * @default one per call, without a bound
   */
  readonly guesses?: GuessQueue | undefined;
  readonly mint: TokenMint;
  /**
   * Accepts organizations that are named and offered.
   *
   * @default none is accepted
   */
  readonly acceptExchanged?: AcceptExchanged | undefined;
}
