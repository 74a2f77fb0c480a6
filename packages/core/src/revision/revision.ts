import { deadlines, withDeadline } from '../deadlines.js';
import { UnavailableError } from '../denial/errors.js';
import type { ChangeRow } from '../store/rows.js';
import { type Clock, createStopwatch, type Stopwatch } from './clock.js';
import { publishSync, type SyncCounters, type SyncOutcome } from './events.js';
import { type RevocationScopes, scopesOf, scopesOfChange } from './revocation-scopes.js';
import { askPrimary, type RevisionSnapshot, type RevisionSource } from './source.js';

export interface RevisionOptions {
  readonly source: RevisionSource;
  readonly clock: Clock;
  /** Milliseconds that a principal can be used after the last poll of the primary. */
  readonly boundMs: number;
}

/** Called after every sync that brought changes. */
export type RevisionListener = (changed: ReadonlySet<string> | 'everything') => void;

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

const TICK_MS = 10;
/** A process without a tick for this many milliseconds may have been paused. */
const PAUSE_MS = 50;
/** Largest age, in milliseconds, of the last answer of the source's `version` at a use. */
const ASK_MS = 10;

interface State {
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

/** Creates the {@link Revision} of one process. @see docs/revocation.md */
export function createRevision(options: RevisionOptions): Revision {
  const stopwatch = createStopwatch(options.clock);
  const state: State = {
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
  const context: RevisionContext = { state, options, stopwatch };
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

interface RevisionContext {
  readonly state: State;
  readonly options: RevisionOptions;
  readonly stopwatch: Stopwatch;
}

function look(context: RevisionContext): number {
  const now = context.stopwatch();
  if (now - context.state.lastTick > PAUSE_MS) context.state.suspectAt = now;
  context.state.lastTick = now;
  return now;
}

/** Marks the process as suspect if another connection has committed. */
function askVersion({ state, options }: RevisionContext, now: number): void {
  const { source } = options;
  if (source.version === undefined) return;
  state.askedAt = now;
  const version = source.version();
  // NaN is never equal to itself, so an unknown version counts as a change.
  if (version !== state.version) state.suspectAt = now;
  state.version = version;
}

function current(context: RevisionContext): boolean {
  const { state } = context;
  const now = look(context);
  if (now - state.askedAt >= ASK_MS) askVersion(context, now);
  return now < state.validUntil && state.syncedFrom >= state.suspectAt;
}

/** Syncs that one wait starts at most, if each is answered too late to count. */
const MAX_SETTLES = 3;

async function ensureCurrent(context: RevisionContext): Promise<void> {
  const { state } = context;
  for (let settles = 0; settles < MAX_SETTLES; settles++) {
    const isShared = state.running !== undefined && state.runningFrom >= state.suspectAt;
    const from = isShared ? state.runningFrom : context.stopwatch();
    const shared = (isShared ? state.running : undefined) ?? sync(context);
    try {
      await untilSettled(context, shared, from);
    } catch (error) {
      // Until the end of the bound, what was read before can still be used.
      if (context.stopwatch() >= state.validUntil) throw error;
      return;
    }
    // The answer may have been on its way, or unread by a paused process, for longer than the bound.
    if (context.stopwatch() < state.validUntil) return;
  }
  throw new UnavailableError('store', new Error('every look at the primary was answered too late'));
}

/** Waits for a sync until the end of the bound, or for `deadlines.settleMs` after its start, whichever is later. */
function untilSettled(
  { state, stopwatch, options }: RevisionContext,
  sync: Promise<void>,
  from: number,
): Promise<void> {
  const until = Math.max(state.validUntil, from + deadlines.settleMs);
  return withDeadline(Math.max(0, until - stopwatch()), 'a look at the primary', sync, options.clock.after);
}

function sync(context: RevisionContext): Promise<void> {
  const { state } = context;
  if (state.running === undefined) {
    state.runningFrom = context.stopwatch();
    state.running = runPoll(context, state.runningFrom).finally(() => {
      state.running = undefined;
    });
    return state.running;
  }
  state.queued ??= state.running
    .catch(() => undefined)
    .then(() => {
      state.queued = undefined;
      return sync(context);
    });
  return state.queued;
}

async function runPoll(context: RevisionContext, from: number): Promise<void> {
  let outcome: SyncOutcome = 'failed';
  try {
    outcome = await pull(context, from);
  } finally {
    const { state, stopwatch } = context;
    state.counters[outcome] += 1;
    publishSync(() => {
      const now = stopwatch();
      return { outcome, revision: state.applied, durationMs: now - from, validForMs: state.validUntil - now };
    });
  }
}

async function pull(context: RevisionContext, from: number): Promise<SyncOutcome> {
  const { state, options } = context;
  const known = state.applied < 0 ? undefined : state.applied;
  let snapshot = await askPrimary(options.source, known, options.clock.after);
  const reset = known === undefined || isOtherHistory(state, snapshot);
  if (reset && known !== undefined) snapshot = await askPrimary(options.source, undefined, options.clock.after);
  if (reset) state.dead.clear();
  const changed = recordChanges(state, snapshot.changes);
  dropPruned(state, snapshot.prunedTo);
  state.incarnation = snapshot.incarnation;
  state.applied = snapshot.n;
  state.validUntil = Math.max(reset ? 0 : state.validUntil, from - snapshot.ageMs + options.boundMs);
  state.syncedFrom = from;
  if (reset || changed.size > 0) for (const listener of state.listeners) listener(reset ? 'everything' : changed);
  if (reset) return 'reset';
  return changed.size > 0 ? 'changed' : 'current';
}

function recordChanges(state: State, changes: readonly ChangeRow[]): ReadonlySet<string> {
  const changed = new Set<string>();
  for (const change of changes) {
    for (const scope of scopesOfChange(change)) {
      state.dead.set(scope, change.n);
      changed.add(scope);
    }
  }
  return changed;
}

/** True for another incarnation, a number that went back, or changes that were pruned before this process read them. */
function isOtherHistory(state: State, snapshot: RevisionSnapshot): boolean {
  return snapshot.incarnation !== state.incarnation || snapshot.n < state.applied || snapshot.prunedTo > state.applied;
}

function dropPruned(state: State, prunedTo: number): void {
  if (prunedTo === state.prunedTo) return;
  state.prunedTo = prunedTo;
  for (const [scope, n] of state.dead) if (n <= prunedTo) state.dead.delete(scope);
}

function alive(state: State, lineage: RevocationScopes): boolean {
  if (lineage.checkedAt === state.applied) return true;
  if (lineage.rev < state.prunedTo) return false;
  for (const scope of scopesOf(lineage)) if ((state.dead.get(scope) ?? -1) > lineage.rev) return false;
  lineage.checkedAt = state.applied;
  return true;
}

/** Checks for commits without a use: a long response can wait for a signal while no request arrives. */
function onTick(context: RevisionContext): void {
  const { state, options } = context;
  const now = look(context);
  if (options.source.version === undefined || ![...state.watchers].some((isWanted) => isWanted())) return;
  askVersion(context, now);
  if (state.syncedFrom < state.suspectAt && state.running === undefined) sync(context).catch(() => undefined);
}

function startPolling(context: RevisionContext): () => void {
  const tick = setInterval(() => onTick(context), TICK_MS);
  const regular = setInterval(() => {
    // The next sync retries a failed one. Requests get the failure from `ensureCurrent`.
    sync(context).catch(() => undefined);
  }, context.options.boundMs / 3);
  tick.unref();
  regular.unref();
  return () => {
    clearInterval(tick);
    clearInterval(regular);
  };
}
