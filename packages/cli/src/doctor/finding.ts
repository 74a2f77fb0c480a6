/** One problem and its remedy. */
export interface Finding {
  /** Name of the check that found the problem. */
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
