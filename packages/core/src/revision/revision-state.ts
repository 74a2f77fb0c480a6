import { type Clock, createStopwatch, type Stopwatch } from './clock.js';
import type { SyncOutcome } from './events.js';
import type { RevisionSource } from './source.js';

export interface RevisionOptions {
  readonly source: RevisionSource;
  readonly clock: Clock;
  /**
   * Maximum staleness: the time, in milliseconds, for which a cached principal may be used after the last poll of the
   * primary database.
   */
  readonly boundMs: number;
}

/** Function that is called after every sync (poll of the primary) that found changes. */
export type RevisionListener = (changed: ReadonlySet<string> | 'everything') => void;

/** State of a revision (tracker of security changes). Syncs and clock readings change this state. */
export interface RevisionState {
  incarnation: string;
  applied: number;
  prunedTo: number;
  validUntil: number;
  /** Time at which the clocks were last read. */
  lastTick: number;
  /**
   * Time at which this process last noticed that it may have missed a change. Only a sync that started later makes the
   * state current again.
   */
  suspectAt: number;
  syncedFrom: number;
  /** Last result of the source's `version`. */
  version: number;
  /** Time at which the source's `version` was last called. */
  askedAt: number;
  running: Promise<void> | undefined;
  runningFrom: number;
  queued: Promise<void> | undefined;
  readonly counters: Record<SyncOutcome, number>;
  readonly dead: Map<string, number>;
  readonly listeners: Set<RevisionListener>;
  /**
   * Functions that return true while an abort signal has a listener. While one of them returns true, changes must be
   * noticed even if no request arrives.
   */
  readonly watchers: Set<() => boolean>;
}

/** The objects that the functions of a revision share. */
export interface RevisionContext {
  readonly state: RevisionState;
  readonly options: RevisionOptions;
  readonly stopwatch: Stopwatch;
}

/** Creates the state of a revision that has not polled the primary yet. */
export function createRevisionContext(options: RevisionOptions): RevisionContext {
  const stopwatch = createStopwatch(options.clock);
  const state: RevisionState = {
    incarnation: '',
    applied: -1,
    prunedTo: 0,
    validUntil: 0,
    lastTick: stopwatch(),
    suspectAt: 0,
    syncedFrom: -1,
    version: Number.NaN,
    askedAt: Number.NEGATIVE_INFINITY,
    running: undefined,
    runningFrom: -1,
    queued: undefined,
    counters: { current: 0, changed: 0, reset: 0, failed: 0 },
    dead: new Map(),
    listeners: new Set(),
    watchers: new Set(),
  };
  return { state, options, stopwatch };
}
