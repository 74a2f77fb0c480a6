import { deadlines, withDeadline } from '../deadlines.js';
import { UnavailableError } from '../denial/errors.js';
import type { RevisionContext } from './revision-state.js';
import { sync } from './sync.js';

const TICK_MS = 10;
/** Time, in milliseconds, without a tick after which the process is assumed to have been paused. */
const PAUSED_MS = 50;
/**
 * Age, in milliseconds, from which the last result of the source's `version` is too old to use a cached principal.
 * `version` is then called again.
 */
const ASK_MS = 10;

function look(context: RevisionContext): number {
  const now = context.stopwatch();
  if (now - context.state.lastTick > PAUSED_MS) context.state.suspectAt = now;
  context.state.lastTick = now;
  return now;
}

/** Marks the state as possibly out of date if another connection has committed. */
function askVersion({ state, options }: RevisionContext, now: number): void {
  const { source } = options;
  if (source.version === undefined) return;
  state.askedAt = now;
  const version = source.version();
  // NaN is never equal to itself, so an unknown version counts as a change.
  if (version !== state.version) state.suspectAt = now;
  state.version = version;
}

/**
 * True if cached credentials are fresh enough to use without waiting for a sync. Reads the wall and monotonic clocks.
 */
export function current(context: RevisionContext): boolean {
  const { state } = context;
  const now = look(context);
  if (now - state.askedAt >= ASK_MS) askVersion(context, now);
  return now < state.validUntil && state.syncedFrom >= state.suspectAt;
}

/**
 * Maximum number of syncs that one call of `ensureCurrent` waits for. The call waits for another sync only if the
 * response of the last sync arrived too late to be used.
 */
const MAX_SETTLES = 3;

/**
 * Waits until it is safe to use credentials that were read earlier.
 *
 * @throws UnavailableError if the last sync is older than the maximum staleness.
 */
export async function ensureCurrent(context: RevisionContext): Promise<void> {
  const { state } = context;
  for (let settles = 0; settles < MAX_SETTLES; settles++) {
    const isShared = state.running !== undefined && state.runningFrom >= state.suspectAt;
    const from = isShared ? state.runningFrom : context.stopwatch();
    const shared = (isShared ? state.running : undefined) ?? sync(context);
    try {
      await untilSettled(context, shared, from);
    } catch (error) {
      // Credentials read earlier can be used until the maximum staleness is reached.
      if (context.stopwatch() >= state.validUntil) throw error;
      return;
    }
    // The response may have taken longer than the maximum staleness to arrive, or to be read by a paused process.
    if (context.stopwatch() < state.validUntil) return;
  }
  throw new UnavailableError('store', new Error('every poll of the primary was answered too late'));
}

/**
 * Waits for a sync. Stops waiting at `validUntil`, or `deadlines.settleMs` milliseconds after the sync started,
 * whichever is later.
 */
function untilSettled(
  { state, stopwatch, options }: RevisionContext,
  sync: Promise<void>,
  from: number,
): Promise<void> {
  const until = Math.max(state.validUntil, from + deadlines.settleMs);
  return withDeadline(Math.max(0, until - stopwatch()), 'a poll of the primary', sync, options.clock.after);
}

/**
 * Checks for commits by other connections even if no request arrives, because a long response may wait for an abort
 * signal.
 */
function onTick(context: RevisionContext): void {
  const { state, options } = context;
  const now = look(context);
  if (options.source.version === undefined || ![...state.watchers].some((isWanted) => isWanted())) return;
  askVersion(context, now);
  if (state.syncedFrom < state.suspectAt && state.running === undefined) sync(context).catch(() => undefined);
}

/** Starts the tick timer and the regular sync. Returns a function that stops both. */
export function startPolling(context: RevisionContext): () => void {
  const tick = setInterval(() => onTick(context), TICK_MS);
  const regular = setInterval(() => {
    // The next sync retries a failed one. Requests receive the error from `ensureCurrent`.
    sync(context).catch(() => undefined);
  }, context.options.boundMs / 3);
  tick.unref();
  regular.unref();
  return () => {
    clearInterval(tick);
    clearInterval(regular);
  };
}
