/** One thing that is wrong, and what to do about it. */
export interface Finding {
  /** What was looked at. */
  readonly check: 'database' | 'files' | 'revision' | 'clock' | 'owner' | 'row-level-security';
  readonly text: string;
}
