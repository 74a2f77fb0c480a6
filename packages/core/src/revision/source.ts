import { type After, deadlines, withDeadline } from '../deadlines.js';
import { UnavailableError } from '../denial/errors.js';
import type { ChangeRow } from '../store/rows.js';

/** What one look at the primary gives, read in one snapshot. */
export interface RevisionSnapshot {
  readonly incarnation: string;
  readonly n: number;
  readonly prunedTo: number;
  /** Changes after the number asked for, in order; every kept change where none was given. */
  readonly changes: readonly ChangeRow[];
  /** How old the snapshot already was when it was sent. 0 from a database. */
  readonly ageMs: number;
}

/** Where changes come from: the primary, or another Flairgate's feed. */
export interface RevisionSource {
  pull(after: number | undefined): Promise<RevisionSnapshot>;
  /** Another number whenever another connection has committed; NaN = cannot be told. Absent where it never can. */
  version?(): number;
}

/** Gives up what is not answered in time: the next look must not wait for it. */
export function askPrimary(
  source: RevisionSource,
  known: number | undefined,
  after: After | undefined,
): Promise<RevisionSnapshot> {
  const ms = known === undefined ? deadlines.wholeSyncMs : deadlines.syncMs;
  return withDeadline(ms, 'a look at the primary', source.pull(known), after).catch((error: unknown) => {
    throw error instanceof UnavailableError ? error : new UnavailableError('store', error);
  });
}
