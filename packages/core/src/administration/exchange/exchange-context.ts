import type { Catalogue } from '../../permission/catalogue.js';
import type { GuessQueue } from '../../principal/key/guess-queue.js';
import type { VerifyOnce } from '../../principal/key/hash/verify-once.js';
import type { Honeytokens } from '../../principal/key/honeytokens.js';
import type { KeyFinder } from '../../principal/key/key-finder.js';
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
   * Key finder shared with the gate, so that one bound on lookups applies to both.
   *
   * @default a key finder without a bound
   */
  readonly keyFinder?: KeyFinder | undefined;
  /**
   * Queue in which secrets that match no key are compared with imported hashes.
   *
   * @default one per call, without a bound
   */
  readonly guesses?: GuessQueue | undefined;
  /**
   * Notified of every key that is exchanged.
   *
   * @default honeytokens raise no event here
   */
  readonly honeytokens?: Honeytokens | undefined;
  readonly mint: TokenMint;
  /**
   * Accepts organizations that are named and offered.
   *
   * @default none is accepted
   */
  readonly acceptExchanged?: AcceptExchanged | undefined;
}
