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
 * Keeps the staleness bound: decides whether what was read earlier can still be used.
 *
 * Only a sync that this process started moves `validUntil`. A push only starts a sync.
 */
export interface Revision {
  readonly applied: number;
  readonly incarnation: string;
  readonly prunedTo: number;
  /** Milliseconds until cached principals can no longer be used; negative past that time. */
  readonly validForMs: number;
  /** Wall time of the last clock reading, in milliseconds since 1970: that of `current`, if it was called last. */
  readonly lookedAt: number;
  /** Milliseconds since the present state was read from the primary; Infinity before the first sync. */
  readonly ageMs: number;
  readonly counters: SyncCounters;
  /** True while cached principals can be used without waiting. Reads both clocks once; no promise. */
  current(): boolean;
  /** Waits for a sync. Call it if {@link Revision.current} returned false. @throws UnavailableError past the bound. */
  ensureCurrent(): Promise<void>;
  /** Polls the primary now. One poll at a time; a call during one queues one more. */
  sync(): Promise<void>;
  /** True while none of the scopes changed after their `rev`. */
  alive(scopes: RevocationScopes): boolean;
  onChange(listener: RevisionListener): () => void;
  /** Makes every tick check for commits of other connections, while `isWanted` returns true. Returns what ends that. */
  watchWhile(isWanted: () => boolean): () => void;
  /** Starts the tick and the regular sync. Returns the function that stops them. */
  start(): () => void;
}

/** Creates the {@link Revision} of one process. @see docs/revocation.md */
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
