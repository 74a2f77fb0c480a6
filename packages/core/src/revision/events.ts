import { channel } from 'node:diagnostics_channel';

/**
 * Outcome of one poll of the primary database. `reset` means that all changes were read again, because the history of
 * changes in the database is no longer the one that this process knew, for example after a restore.
 */
export type SyncOutcome = 'current' | 'changed' | 'reset' | 'failed';

/** Message on the diagnostics channel `flairgate:revision`. One message is published per poll of the primary. */
export interface RevisionEvent {
  readonly outcome: SyncOutcome;
  /** Number of the last change that this process knows. */
  readonly revision: number;
  readonly durationMs: number;
  /** Time, in milliseconds, until cached principals can no longer be used. Negative after that time. */
  readonly validForMs: number;
}

/** Number of polls of the primary since the start, by outcome. */
export type SyncCounters = Readonly<Record<SyncOutcome, number>>;

const revisions = channel('flairgate:revision');

/** Publishes the event of one poll. `describe` is called only if there are subscribers. */
export function publishSync(describe: () => RevisionEvent): void {
  if (revisions.hasSubscribers) revisions.publish(describe());
}
