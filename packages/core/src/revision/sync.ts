import type { ChangeRow } from '../store/rows.js';
import { publishSync, type SyncOutcome } from './events.js';
import type { RevisionContext, RevisionState } from './revision-state.js';
import { scopesOfChange } from './revocation-scopes.js';
import { askPrimary, type RevisionSnapshot } from './source.js';

/**
 * Polls the primary. Only one poll runs at a time. A call during a poll queues one more poll, which later calls share.
 */
export function sync(context: RevisionContext): Promise<void> {
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

function recordChanges(state: RevisionState, changes: readonly ChangeRow[]): ReadonlySet<string> {
  const changed = new Set<string>();
  for (const change of changes) {
    for (const scope of scopesOfChange(change)) {
      state.dead.set(scope, Math.max(change.n, state.dead.get(scope) ?? 0));
      changed.add(scope);
    }
  }
  return changed;
}

/**
 * True if the changes that this process knows do not continue in the snapshot. Either the database has a new
 * incarnation (history of changes), or its revision number went back, or it pruned changes that this process has not
 * read.
 */
function isOtherHistory(state: RevisionState, snapshot: RevisionSnapshot): boolean {
  return snapshot.incarnation !== state.incarnation || snapshot.n < state.applied || snapshot.prunedTo > state.applied;
}

function dropPruned(state: RevisionState, prunedTo: number): void {
  if (prunedTo === state.prunedTo) return;
  state.prunedTo = prunedTo;
  for (const [scope, n] of state.dead) if (n <= prunedTo) state.dead.delete(scope);
}
