import type { Denial } from '../denial/denial.js';
import { deny } from '../denial/denial-table.js';
import { DeniedError, UnavailableError } from '../denial/errors.js';
import type { Clock } from '../revision/clock.js';
import type { Revision } from '../revision/revision.js';
import { type CachedCredential, createSignals } from './signals.js';

/** Decides, for one process, whether what was read of a credential still counts. */
export interface Validity {
  /**
   * Says that a credential was read in the present history of changes, before its principal is given out. One that
   * changes had overtaken by then is a right answer for whoever asked before them, and stands for a moment.
   */
  adopt(held: CachedCredential, isOvertaken: boolean): void;
  /** True while nothing that it hangs on has changed. Does not ask how old that knowledge is. */
  isGood(held: CachedCredential, now: number): boolean;
  /** Asserts that it counts, by what is known now. Never waits. @throws DeniedError; UnavailableError past the bound */
  assertCounts(held: CachedCredential): void;
  /** Returns the signal, aborted for good once the credential no longer counts. */
  signalOf(held: CachedCredential): AbortSignal;
  /** True while somebody may wait for the signal of a credential. */
  isWaitedOn(): boolean;
  /** Aborts the signals of what no longer counts. */
  sweep(): void;
  /** Ends whatever was read so far: its number may count another history of changes. */
  startHistory(): void;
}

/** For a handler that decides at once. */
const STANDS_MS = 1000;

/** Creates the {@link Validity} of an authenticator. `maxCount` is for signals nobody listens to. */
export function createValidity(revision: Revision, clock: Clock, maxCount: number): Validity {
  const signals = createSignals(maxCount);
  let history = 0;

  function counts(held: CachedCredential, now: number): boolean {
    return held.history === history && held.expiresAt > now && revision.alive(held);
  }

  /** Why a signal must be aborted; undefined while the credential counts. */
  function reasonOf(held: CachedCredential): Error | undefined {
    if (!counts(held, clock.wall())) return new Error('the credential is no longer valid');
    return revision.validForMs > 0 ? undefined : pastBound();
  }

  const validity: Validity = {
    adopt(held, isOvertaken) {
      held.validity = validity;
      held.history = history;
      if (isOvertaken) held.standsUntil = clock.wall() + STANDS_MS;
    },
    // A principal whose signal was aborted is never given to another request.
    isGood: (held, now) => counts(held, now) && (held.ending === undefined || !held.ending.signal.aborted),
    assertCounts(held) {
      const now = clock.wall();
      const stands = held.standsUntil > now && held.expiresAt > now && held.history === history;
      if (!stands && (hasEnded(held) || !counts(held, now))) throw new DeniedError(denialOfEnded(held));
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

/** Returns the refusal of a credential that was good when its request came. */
export function denialOfEnded({ signingKey }: CachedCredential): Denial {
  const code = signingKey === undefined ? 'ERR_KEY_INVALID' : 'ERR_TOKEN_INVALID';
  return deny(code, { reason: 'ended since its request came' });
}

/** A signal that was aborted because nothing could be decided says nothing of the credential itself. */
function hasEnded({ ending }: CachedCredential): boolean {
  return ending?.signal.aborted === true && !(ending.signal.reason instanceof UnavailableError);
}

function pastBound(): UnavailableError {
  return new UnavailableError('store', new Error('what is known of revocations is older than the bound'));
}
