import { type After, deadlines, withDeadline } from '../deadlines.js';
import { UnavailableError } from '../denial/errors.js';
import type { ChangeRow } from '../store/rows.js';

/** Result of one poll of the primary, read in one snapshot. */
export interface RevisionSnapshot {
  readonly incarnation: string;
  readonly n: number;
  readonly prunedTo: number;
  /** Changes after the given number, in order; every stored change if none was given. */
  readonly changes: readonly ChangeRow[];
  /** Age of the snapshot, in milliseconds, when it was sent. 0 from a database. */
  readonly ageMs: number;
}

/** Source of changes: the primary, or another Flairgate's feed. */
export interface RevisionSource {
  pull(after: number | undefined): Promise<RevisionSnapshot>;
  /**
   * Returns a number that changes whenever another connection commits; NaN if unknown. Absent if the source has none.
   */
  version?(): number;
}

/** Polls the primary with a deadline, so that the next poll never waits for one that is not answered. */
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
