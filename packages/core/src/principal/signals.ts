import { getEventListeners } from 'node:events';
import type { CachedCredential } from './cached-credential.js';

/** Abort signals, one for each credential whose signal was read. */
export interface Signals {
  /** Returns the signal of a credential. Every call returns the same object. */
  of(held: CachedCredential): AbortSignal;
  /** True if any signal may have a listener. */
  isWaitedOn(): boolean;
  /** Aborts the signal of each credential for which `reasonOf` returns an error. */
  sweep(reasonOf: (held: CachedCredential) => Error | undefined): void;
}

interface WaitingSignals {
  readonly strong: Set<CachedCredential>;
  /**
   * Weak references to signals without a listener. Signals are moved here from `strong` when `strong` exceeds the
   * limit. A signal in `weak` stays in memory only while other code uses the signal or its principal.
   */
  readonly weak: Set<WeakRef<AbortSignal>>;
  readonly heldOf: WeakMap<AbortSignal, CachedCredential>;
  /** Number of strong references above which signals without a listener are moved to `weak`. */
  limit: number;
}

/**
 * Creates the signals of one process. A signal with a listener is kept until it is aborted.
 *
 * `maxCount` limits how many unused signals without a listener are kept in memory. Signals beyond the limit are
 * released from memory, but never aborted.
 */
export function createSignals(maxCount: number): Signals {
  const waiting: WaitingSignals = { strong: new Set(), weak: new Set(), heldOf: new WeakMap(), limit: maxCount };
  return {
    of(held) {
      held.ending ??= new AbortController();
      const { signal } = held.ending;
      if (signal.aborted || waiting.strong.has(held)) return signal;
      if (waiting.strong.size >= waiting.limit) loosen(waiting, maxCount);
      waiting.heldOf.set(signal, held);
      waiting.strong.add(held);
      return signal;
    },
    isWaitedOn: () => waiting.strong.size + waiting.weak.size > 0,
    sweep(reasonOf) {
      tighten(waiting);
      for (const held of waiting.strong) {
        const reason = reasonOf(held);
        if (reason === undefined) continue;
        waiting.strong.delete(held);
        held.ending?.abort(reason);
      }
      sweepWeak(waiting, reasonOf);
    },
  };
}

function loosen(waiting: WaitingSignals, maxCount: number): void {
  const { strong, weak } = waiting;
  for (const held of strong) {
    if (held.ending === undefined || hasListener(held.ending.signal)) continue;
    strong.delete(held);
    weak.add(new WeakRef(held.ending.signal));
  }
  // Doubled, so that this loop does not run again for every new signal if nearly all signals have a listener.
  waiting.limit = Math.max(maxCount, 2 * strong.size);
}

/** Moves signals from `weak` back to `strong` if they have received a listener. */
function tighten({ strong, weak, heldOf }: WaitingSignals): void {
  for (const ref of weak) {
    const signal = ref.deref();
    const held = signal === undefined ? undefined : heldOf.get(signal);
    if (held !== undefined && signal !== undefined && !hasListener(signal)) continue;
    weak.delete(ref);
    if (held !== undefined) strong.add(held);
  }
}

function sweepWeak({ weak, heldOf }: WaitingSignals, reasonOf: (held: CachedCredential) => Error | undefined): void {
  for (const ref of weak) {
    const held = heldOf.get(ref.deref() ?? NO_SIGNAL);
    const reason = held === undefined ? undefined : reasonOf(held);
    if (held === undefined || reason === undefined) continue;
    weak.delete(ref);
    held.ending?.abort(reason);
  }
}

const NO_SIGNAL = AbortSignal.abort();

function hasListener(signal: AbortSignal): boolean {
  return signal.onabort !== null || getEventListeners(signal, 'abort').length > 0;
}
