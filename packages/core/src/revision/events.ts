import { channel } from 'node:diagnostics_channel';

/** Outcome of one poll of the primary. `reset`: another history, so that everything was read again. */
export type SyncOutcome = 'current' | 'changed' | 'reset' | 'failed';

/** Message of the diagnostics channel `flairgate:revision`, one for each poll of the primary. */
export interface RevisionEvent {
  readonly outcome: SyncOutcome;
  /** Number up to which changes are known now. */
  readonly revision: number;
  readonly durationMs: number;
  /** Milliseconds until what was read earlier can no longer be used; negative past that time. */
  readonly validForMs: number;
}

/** Number of polls of the primary since the start, by outcome. */
export type SyncCounters = Readonly<Record<SyncOutcome, number>>;

const revisions = channel('flairgate:revision');

/** Publishes one poll of the primary. `describe` is called only if there are subscribers. */
export function publishSync(describe: () => RevisionEvent): void {
  if (revisions.hasSubscribers) revisions.publish(describe());
}
