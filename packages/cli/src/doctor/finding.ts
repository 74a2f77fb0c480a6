/** One thing that is wrong, and what to do about it. */
export interface Finding {
  /** Subject of the check. */
  readonly check: 'database' | 'files' | 'revision' | 'clock' | 'owner' | 'row-level-security';
  readonly text: string;
}
