import { getEventListeners } from 'node:events';
import type { RevocationScopes } from '../revision/revocation-scopes.js';
import type { Validity } from './validity.js';

/** A cached credential: what it hangs on, when it ends by itself, and what became of it. */
export interface CachedCredential extends RevocationScopes {
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** Look-up tag of the secret that was sent; absent for a token. */
  readonly secret?: string;
  /** Incarnation of the database that a token was made from; absent for a key. */
  readonly incarnation?: string;
  /** A token of a secret that was being rotated out; absent everywhere else. */
  readonly retiring?: true;
  /** Decides whether it still counts. Written once, when it is cached. */
  validity: Validity | undefined;
  /** Number of the history of changes that `rev` belongs to. Written together with `validity`. */
  history: number;
  /** Wall time until which it stands although changes had overtaken its read; 0 for any other. Written as `history`. */
  standsUntil: number;
  /** Aborts its signal. Written once, when the signal is first asked for. */
  ending: AbortController | undefined;
}

/** What a credential hangs on, as it was read. */
type Read = Omit<RevocationScopes, 'checkedAt'> & Pick<CachedCredential, 'secret' | 'incarnation' | 'retiring'>;

/** Creates a {@link CachedCredential} that is in no cache yet. */
export function hold(read: Read, expiresAt: number): CachedCredential {
  return { ...read, checkedAt: -1, expiresAt, validity: undefined, history: -1, standsUntil: 0, ending: undefined };
}

/** Abort signals of principals that somebody waits on. */
export interface Signals {
  /** Returns the signal of a credential: the same object at every call. */
  of(held: CachedCredential): AbortSignal;
  /** True while a signal may have somebody who waits for it. */
  isWaitedOn(): boolean;
  /** Aborts the signals of credentials for which `reasonOf` gives a reason. */
  sweep(reasonOf: (held: CachedCredential) => Error | undefined): void;
}

interface Waiting {
  readonly strong: Set<CachedCredential>;
  /** Signals without a listener, past the cap: they live as long as their principal, or the signal, is in use. */
  readonly weak: Set<WeakRef<AbortSignal>>;
  readonly heldOf: WeakMap<AbortSignal, CachedCredential>;
  /** Number of strong ones at which those without a listener are let go. */
  limit: number;
}

/**
 * Creates the signals of one process. A signal with a listener is kept until it is aborted; `maxCount` bounds how many
 * without a listener are kept beyond their use. None is aborted for lack of room.
 */
export function createSignals(maxCount: number): Signals {
  const waiting: Waiting = { strong: new Set(), weak: new Set(), heldOf: new WeakMap(), limit: maxCount };
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

function loosen(waiting: Waiting, maxCount: number): void {
  const { strong, weak } = waiting;
  for (const held of strong) {
    if (held.ending === undefined || isHeard(held.ending.signal)) continue;
    strong.delete(held);
    weak.add(new WeakRef(held.ending.signal));
  }
  // Not at every further one, where nearly all have a listener.
  waiting.limit = Math.max(maxCount, 2 * strong.size);
}

/** A listener may have come since. */
function tighten({ strong, weak, heldOf }: Waiting): void {
  for (const ref of weak) {
    const signal = ref.deref();
    const held = signal === undefined ? undefined : heldOf.get(signal);
    if (held !== undefined && signal !== undefined && !isHeard(signal)) continue;
    weak.delete(ref);
    if (held !== undefined) strong.add(held);
  }
}

function sweepWeak({ weak, heldOf }: Waiting, reasonOf: (held: CachedCredential) => Error | undefined): void {
  for (const ref of weak) {
    const held = heldOf.get(ref.deref() ?? NOBODY);
    const reason = held === undefined ? undefined : reasonOf(held);
    if (held === undefined || reason === undefined) continue;
    weak.delete(ref);
    held.ending?.abort(reason);
  }
}

const NOBODY = AbortSignal.abort();

function isHeard(signal: AbortSignal): boolean {
  return signal.onabort !== null || getEventListeners(signal, 'abort').length > 0;
}
