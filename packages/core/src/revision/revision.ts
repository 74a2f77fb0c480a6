import type { SyncCounters } from './events.js';
import {
  createRevisionContext,
  type RevisionListener,
  type RevisionOptions,
  type RevisionState,
} from './revision-state.js';
import { type RevocationScopes, scopesOf } from './revocation-scopes.js';
import { current, ensureCurrent, startPolling } from './staleness.js';
import { sync } from './sync.js';

/**
 * Tracks security changes, and decides whether credentials that this process read earlier may still be used. Such
 * credentials may be used until the last sync (poll of the primary database) is older than the maximum staleness.
 *
 * Only a sync that this process started extends this time. A push (a message that another process has made a change)
 * only starts a sync.
 */
export interface Revision {
  readonly applied: number;
  readonly incarnation: string;
  readonly prunedTo: number;
  /** Time, in milliseconds, until cached principals can no longer be used. Negative after that time. */
  readonly validForMs: number;
  /** Wall time at which the clocks were last read, for example by `current`, in milliseconds since the Unix epoch. */
  readonly lookedAt: number;
  /** Time, in milliseconds, since the current state was read from the primary. Infinity before the first sync. */
  readonly ageMs: number;
  readonly counters: SyncCounters;
  /** True if cached principals can be used without waiting. Reads both clocks once. Synchronous. */
  current(): boolean;
  /**
   * Waits for a sync. Call this method if {@link Revision.current} returned false.
   *
   * @throws UnavailableError if the last sync is older than the maximum staleness.
   */
  ensureCurrent(): Promise<void>;
  /** Polls the primary now. Only one poll runs at a time. A call during a poll queues one more poll. */
  sync(): Promise<void>;
  /**
   * True if none of the credential's scopes (such as `key:ID`) has changed since the credential was read. `scopes.rev`
   * is the revision number at which the credential was read.
   */
  alive(scopes: RevocationScopes): boolean;
  onChange(listener: RevisionListener): () => void;
  /**
   * While `isWanted` returns true, checks for commits by other connections on every tick of the timer. Returns a
   * function that stops these checks.
   */
  watchWhile(isWanted: () => boolean): () => void;
  /** Starts the tick timer and the regular sync. Returns a function that stops both. */
  start(): () => void;
}

/** Creates the {@link Revision} for one process. @see docs/revocation.md */
export function createRevision(options: RevisionOptions): Revision {
  const context = createRevisionContext(options);
  const { state, stopwatch } = context;
  return {
    get applied() {
      return state.applied;
    },
    get incarnation() {
      return state.incarnation;
    },
    get prunedTo() {
      return state.prunedTo;
    },
    get validForMs() {
      return state.validUntil - stopwatch();
    },
    get lookedAt() {
      return stopwatch.wall();
    },
    get ageMs() {
      return state.applied < 0 ? Number.POSITIVE_INFINITY : stopwatch() - state.validUntil + options.boundMs;
    },
    get counters() {
      return state.counters;
    },
    current: () => current(context),
    ensureCurrent: () => ensureCurrent(context),
    sync: () => sync(context),
    alive: (lineage) => alive(state, lineage),
    onChange: (listener) => {
      state.listeners.add(listener);
      return () => void state.listeners.delete(listener);
    },
    watchWhile: (isWanted) => {
      state.watchers.add(isWanted);
      return () => void state.watchers.delete(isWanted);
    },
    start: () => startPolling(context),
  };
}

function alive(state: RevisionState, lineage: RevocationScopes): boolean {
  if (lineage.checkedAt === state.applied) return true;
  if (lineage.rev < state.prunedTo) return false;
  for (const scope of scopesOf(lineage)) if ((state.dead.get(scope) ?? -1) > lineage.rev) return false;
  lineage.checkedAt = state.applied;
  return true;
}
