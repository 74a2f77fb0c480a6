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
  /** Milliseconds a principal may be used after the last look at the primary. */
  readonly boundMs: number;
}

/** Called after every sync that brought changes. */
export type RevisionListener = (changed: ReadonlySet<string> | 'everything') => void;

/**
 * Keeps the bound: says whether what was read earlier may still be used.
 *
 * Nothing but a sync that was started by this process moves `validUntil`. A push only starts one.
 */
export interface Revision {
  readonly applied: number;
  readonly incarnation: string;
  readonly prunedTo: number;
  /** Milliseconds left before cached principals may no longer be used; negative past it. */
  readonly validForMs: number;
  /** Wall time when a clock was last looked at, in milliseconds since 1970: by `current`, if that was asked last. */
  readonly lookedAt: number;
  /** Milliseconds since what is known now was read; Infinity before the first look. */
  readonly ageMs: number;
  readonly counters: SyncCounters;
  /** True while cached principals may be used without waiting. One clock read; no promise. */
  current(): boolean;
  /** Waits for the sync that {@link Revision.current} asked for. @throws UnavailableError past the bound. */
  settle(): Promise<void>;
  /** Looks at the primary now. One at a time; a call during one queues one more. */
  sync(): Promise<void>;
  /** True while none of the scopes changed after the lineage's `rev`. */
  alive(lineage: RevocationScopes): boolean;
  onChange(listener: RevisionListener): () => void;
  /** Has every tick ask whether something was committed, while `isWanted` says so. */
  watchWhile(isWanted: () => boolean): () => void;
  /** Starts the tick and the regular sync; gives the function that stops them. */
  start(): () => void;
}

const TICK_MS = 10;
/** A process that did not get a tick for this long may have been paused. */
const PAUSE_MS = 50;
/** How old the last answer of the source's `version` may be at a use. */
const ASK_MS = 10;

interface State {
  incarnation: string;
  applied: number;
  prunedTo: number;
  validUntil: number;
  /** Last moment the clock was looked at. */
  lastTick: number;
  /** Moment of the last gap; a sync that started before it does not count. */
  suspectAt: number;
  syncedFrom: number;
  /** What the source's `version` was when it was last asked. */
  version: number;
  /** Last moment the source was asked for its `version`. */
  askedAt: number;
  running: Promise<void> | undefined;
  runningFrom: number;
  queued: Promise<void> | undefined;
  readonly counters: Record<SyncOutcome, number>;
  readonly dead: Map<string, number>;
  readonly listeners: Set<RevisionListener>;
  /** Tell whether somebody waits to hear of a change without asking. */
  readonly watchers: Set<() => boolean>;
}

/** @see docs/revocation.md */
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
  const context: Context = { state, options, stopwatch };
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
    settle: () => settle(context),
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
    start: () => start(context),
  };
}

interface Context {
  readonly state: State;
  readonly options: RevisionOptions;
  readonly stopwatch: Stopwatch;
}

function look(context: Context): number {
  const now = context.stopwatch();
  if (now - context.state.lastTick > PAUSE_MS) context.state.suspectAt = now;
  context.state.lastTick = now;
  return now;
}

/** Marks the process as one that may have missed something where another connection has committed. */
function askVersion({ state, options }: Context, now: number): void {
  const { source } = options;
  if (source.version === undefined) return;
  state.askedAt = now;
  const version = source.version();
  // NaN is never equal to itself: what cannot be told counts as a change.
  if (version !== state.version) state.suspectAt = now;
  state.version = version;
}

function current(context: Context): boolean {
  const { state } = context;
  const now = look(context);
  if (now - state.askedAt >= ASK_MS) askVersion(context, now);
  return now < state.validUntil && state.syncedFrom >= state.suspectAt;
}

/** Syncs that one wait may take, when each is answered too late to count. */
const MAX_SETTLES = 3;

async function settle(context: Context): Promise<void> {
  const { state } = context;
  for (let settles = 0; settles < MAX_SETTLES; settles++) {
    const isShared = state.running !== undefined && state.runningFrom >= state.suspectAt;
    const from = isShared ? state.runningFrom : context.stopwatch();
    const shared = (isShared ? state.running : undefined) ?? sync(context);
    try {
      await untilSettled(context, shared, from);
    } catch (error) {
      // The bound still holds for what was read before: only past it nothing may be used.
      if (context.stopwatch() >= state.validUntil) throw error;
      return;
    }
    // An answer may have been on its way, or have lain there unread by a paused process, for longer than the bound.
    if (context.stopwatch() < state.validUntil) return;
  }
  throw new UnavailableError('store', new Error('every look at the primary was answered too late'));
}

/** Waits for a sync to the end of the bound, or so long after its start: past both nothing may be used without it. */
function untilSettled({ state, stopwatch, options }: Context, sync: Promise<void>, from: number): Promise<void> {
  const until = Math.max(state.validUntil, from + deadlines.settleMs);
  return withDeadline(Math.max(0, until - stopwatch()), 'a look at the primary', sync, options.clock.after);
}

function sync(context: Context): Promise<void> {
  const { state } = context;
  if (state.running === undefined) {
    state.runningFrom = context.stopwatch();
    state.running = run(context, state.runningFrom).finally(() => {
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

async function run(context: Context, from: number): Promise<void> {
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

async function pull(context: Context, from: number): Promise<SyncOutcome> {
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

/** Another incarnation, a number that went back, or changes that were pruned before we saw them. */
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

/** Nobody may use anything for a long time, and still wait for the signal of what has ended. */
function onTick(context: Context): void {
  const { state, options } = context;
  const now = look(context);
  if (options.source.version === undefined || ![...state.watchers].some((isWanted) => isWanted())) return;
  askVersion(context, now);
  if (state.syncedFrom < state.suspectAt && state.running === undefined) sync(context).catch(() => undefined);
}

function start(context: Context): () => void {
  const tick = setInterval(() => onTick(context), TICK_MS);
  const regular = setInterval(() => {
    // A failed sync is retried by the next one; requests see the failure through `settle`.
    sync(context).catch(() => undefined);
  }, context.options.boundMs / 3);
  tick.unref();
  regular.unref();
  return () => {
    clearInterval(tick);
    clearInterval(regular);
  };
}
