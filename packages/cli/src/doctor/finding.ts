/** One problem and its remedy. */
export interface Finding {
  /** Subject of the check. */
  readonly check:
    | 'database'
    | 'files'
    | 'revision'
    | 'clock'
    | 'owner'
    | 'policy'
    | 'suspended'
    | 'row-level-security'
    | 'organization-case';
  readonly text: string;
}
