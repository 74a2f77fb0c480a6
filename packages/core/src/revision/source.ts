import { type After, deadlines, withDeadline } from '../deadlines.js';
import { UnavailableError } from '../denial/errors.js';
import type { ChangeRow } from '../store/rows.js';

/** Result of one poll of the primary. All of it is read in one snapshot. */
export interface RevisionSnapshot {
  readonly incarnation: string;
  readonly n: number;
  readonly prunedTo: number;
  /** Changes after the given number, in order. All stored changes if no number was given. */
  readonly changes: readonly ChangeRow[];
  /** Age of the snapshot in milliseconds when it was sent. 0 for a database. */
  readonly ageMs: number;
}

/** Source of changes: the primary database, or the change feed of a different Flairgate instance. */
export interface RevisionSource {
  pull(after: number | undefined): Promise<RevisionSnapshot>;
  /**
   * Returns a number that changes whenever a different connection commits, or NaN if unknown. Absent if the source
   * cannot detect such commits.
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
