import { type After, deadlines, withDeadline } from '../deadlines.js';
import { UnavailableError } from '../denial/errors.js';
import type { ChangeRow } from '../store/rows.js';

/** Result of one poll of the primary. All of it is read in one snapshot. */
export interface RevisionSnapshot {
  readonly incarnation: string;
  readonly n: number;
  readonly prunedTo: number;
  /**
   * Changes after the number that was passed to `pull`, in order. All stored changes if `pull` was called without a
   * number.
   */
  readonly changes: readonly ChangeRow[];
  /** Age of the snapshot, in milliseconds, when the source sent it. 0 if the source is a database. */
  readonly ageMs: number;
}

/** Source of changes: the primary database, or the change feed of another Flairgate instance. */
export interface RevisionSource {
  pull(after: number | undefined): Promise<RevisionSnapshot>;
  /**
   * Returns a number that changes whenever a connection other than the source's own commits. Returns NaN if the number
   * is unknown. Absent if the source cannot detect such commits.
   */
  version?(): number;
}

/** Polls the primary with a deadline, so that a poll without a response never blocks the next one. */
export function askPrimary(
  source: RevisionSource,
  known: number | undefined,
  after: After | undefined,
): Promise<RevisionSnapshot> {
  const ms = known === undefined ? deadlines.wholeSyncMs : deadlines.syncMs;
  return withDeadline(ms, 'a poll of the primary', source.pull(known), after).catch((error: unknown) => {
    throw error instanceof UnavailableError ? error : new UnavailableError('store', error);
  });
}
