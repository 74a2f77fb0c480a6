import type { Denial } from '../denial/denial.js';
import { deny } from '../denial/denial-table.js';
import { DeniedError, UnavailableError } from '../denial/errors.js';
import type { Clock } from '../revision/clock.js';
import type { Revision } from '../revision/revision.js';
import type { CachedCredential, CredentialValidity } from './cached-credential.js';
import { createSignals } from './signals.js';

/** Checks, for one process, that cached credentials are still valid. */
export interface Validity extends CredentialValidity {
  /**
   * Registers a credential that was just read. Called before its principal is returned.
   *
   * `isOvertaken` is true if a change made the credential out of date after the read. The credential is still correct
   * for a request that arrived before the change, so the credential stays valid for a short time.
   */
  adopt(held: CachedCredential, isOvertaken: boolean): void;
  /** True if the signal of any credential may have a listener. */
  isWaitedOn(): boolean;
  /** Aborts the signals of credentials that are no longer valid. */
  sweep(): void;
  /**
   * Invalidates every credential that was read so far. Called, for example, after a restore of the database: revision
   * numbers from before the restore cannot be compared with revision numbers after it.
   */
  startHistory(): void;
}

/**
 * Time, in milliseconds, for which a credential stays valid although a change made it out of date while it was being
 * read. Long enough for a handler that decides synchronously.
 */
const STANDS_MS = 1000;

/**
 * Creates the {@link Validity} of an authenticator. `maxCount` limits how many signals without a listener are kept in
 * memory.
 */
export function createValidity(revision: Revision, clock: Clock, maxCount: number): Validity {
  const signals = createSignals(maxCount);
  let history = 0;

  function isValid(held: CachedCredential, now: number): boolean {
    return held.history === history && held.expiresAt > now && revision.alive(held);
  }

  /**
   * True if the credential is valid and its signal was not aborted. A principal with an aborted signal is never reused.
   */
  function isGood(held: CachedCredential, now: number): boolean {
    return isValid(held, now) && (held.ending === undefined || !held.ending.signal.aborted);
  }

  /** True if nothing has changed since the credential was last found valid. A faster check than {@link isGood}. */
  function isUntouched(held: CachedCredential): boolean {
    return held.checkedAt === revision.applied && held.history === history && held.ending === undefined;
  }

  /** Returns the reason to abort a signal. Undefined while the credential is valid. */
  function reasonOf(held: CachedCredential): Error | undefined {
    if (!isValid(held, clock.wall())) return new Error('the credential is no longer valid');
    return revision.validForMs > 0 ? undefined : pastBound();
  }

  const validity: Validity = {
    adopt(held, isOvertaken) {
      held.validity = validity;
      held.history = history;
      if (isOvertaken) held.standsUntil = clock.wall() + STANDS_MS;
    },
    isGood,
    counts(held, isSameTurn) {
      if (isSameTurn) return isUntouched(held) || isGood(held, revision.lookedAt);
      return revision.current() && isGood(held, revision.lookedAt);
    },
    assertCounts(held) {
      const now = clock.wall();
      const stands = held.standsUntil > now && held.expiresAt > now && held.history === history;
      if (!stands && (hasEnded(held) || !isValid(held, now))) throw new DeniedError(denialOfEnded(held));
      if (revision.validForMs <= 0) throw pastBound();
    },
    signalOf(held) {
      const signal = signals.of(held);
      const reason = signal.aborted ? undefined : reasonOf(held);
      if (reason !== undefined) held.ending?.abort(reason);
      return signal;
    },
    isWaitedOn: signals.isWaitedOn,
    sweep: () => signals.sweep(reasonOf),
    startHistory() {
      history += 1;
    },
  };
  return validity;
}

/** Returns the denial for a credential that was valid when its request arrived but is no longer valid. */
export function denialOfEnded({ signingKey }: CachedCredential): Denial {
  const code = signingKey === undefined ? 'ERR_KEY_INVALID' : 'ERR_TOKEN_INVALID';
  return deny(code, { reason: 'ended since its request came' });
}

/**
 * True if the signal was aborted because the credential was revoked or has expired. False if the signal was aborted
 * because of a fault, such as a store that cannot be reached.
 */
function hasEnded({ ending }: CachedCredential): boolean {
  return ending?.signal.aborted === true && !(ending.signal.reason instanceof UnavailableError);
}

function pastBound(): UnavailableError {
  return new UnavailableError('store', new Error('what is known of revocations is older than the bound'));
}
