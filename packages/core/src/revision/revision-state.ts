import { type Clock, createStopwatch, type Stopwatch } from './clock.js';
import type { SyncOutcome } from './events.js';
import type { RevisionSource } from './source.js';

export interface RevisionOptions {
  readonly source: RevisionSource;
  readonly clock: Clock;
  /** Milliseconds that a principal can be used after the last poll of the primary. */
  readonly boundMs: number;
}

/** Called after every sync that brought changes. */
export type RevisionListener = (changed: ReadonlySet<string> | 'everything') => void;

/** State of a revision. Its syncs and its readings of the clocks change it. */
export interface RevisionState {
  incarnation: string;
  applied: number;
  prunedTo: number;
  validUntil: number;
  /** Time of the last clock reading. */
  lastTick: number;
  /** Time of the last gap. A sync that started before it does not count. */
  suspectAt: number;
  syncedFrom: number;
  /** Last answer of the source's `version`. */
  version: number;
  /** Time of the last call of the source's `version`. */
  askedAt: number;
  running: Promise<void> | undefined;
  runningFrom: number;
  queued: Promise<void> | undefined;
  readonly counters: Record<SyncOutcome, number>;
  readonly dead: Map<string, number>;
  readonly listeners: Set<RevisionListener>;
  /** Functions that return true while a signal has a listener and must be aborted without another use. */
  readonly watchers: Set<() => boolean>;
}

/** The parts that the functions of a revision share. */
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
