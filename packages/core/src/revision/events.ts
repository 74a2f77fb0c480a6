import { channel } from 'node:diagnostics_channel';

/** What came of one look at the primary: nothing new, changes, another history that everything was read anew for, or a failure. */
export type SyncOutcome = 'current' | 'changed' | 'reset' | 'failed';

/** What subscribers of the diagnostics channel `flairgate:revision` get for each look at the primary. */
export interface RevisionEvent {
  readonly outcome: SyncOutcome;
  /** Number up to which changes are known now. */
  readonly revision: number;
  readonly durationMs: number;
  /** Milliseconds left before what was read earlier may no longer be used; negative past it. */
  readonly validForMs: number;
}

/** Looks at the primary since the start. */
export type SyncCounters = Readonly<Record<SyncOutcome, number>>;

const revisions = channel('flairgate:revision');

/** Tells subscribers of a look at the primary. Costs nothing where there are none. */
export function publishSync(describe: () => RevisionEvent): void {
  if (revisions.hasSubscribers) revisions.publish(describe());
}
