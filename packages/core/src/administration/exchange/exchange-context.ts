import type { Catalogue } from '../../permission/catalogue.js';
import type { GuessQueue } from '../../principal/key/guess-queue.js';
import type { VerifyOnce } from '../../principal/key/hash/verify-once.js';
import type { KeyVerifier } from '../../principal/key/key-verifier.js';
import type { TokenMint } from '../../principal/token/own/token-mint.js';
import type { Store } from '../../store/store.js';
import type { AcceptExchanged } from '../invitations/accept-invitation.js';

/** Dependencies of commands that exchange an API key for a token. */
export interface ExchangeContext {
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly now: () => number;
  readonly verifyOnce: VerifyOnce;
  /**
   * Key verifier that the gate (which authenticates requests) uses too, so that one limit on concurrent lookups applies
   * to the gate and to the exchange.
   *
   * @default a new verifier for each call, without a limit and without reports of honeytokens (decoy keys)
   */
  readonly keyVerifier?: KeyVerifier | undefined;
  /**
   * Queue in which secrets that match no known key wait to be compared with imported hashes.
   *
   * @default a new queue for each call, so concurrent calls do not wait for each other
   */
  readonly guesses?: GuessQueue | undefined;
  readonly mint: TokenMint;
  /**
   * Accepts an organization's invitation when the user exchanges a key for a token in that organization.
   *
   * @default no invitation is accepted
   */
  readonly acceptExchanged?: AcceptExchanged | undefined;
}
