/** Action on one resource. `know` means to learn that it exists, `read` to read its content. */
export type ResourceAction = 'know' | 'read' | 'update' | 'delete';

/** Rule of an allowed action: nothing restricts it, or the caller created the resource, holds it, or is `root`. */
export type AllowRule = 'open' | 'creator' | 'holder' | 'root';

/** Rule of a refused action: the caller may not know the resource, its content is secret, or it is locked. */
export type RefuseRule = 'hidden' | 'withheld' | 'locked';

/** A decision with its reason, for operators and the audit. Not for the caller, because it reveals hidden rows. */
export interface Explanation {
  readonly type: string;
  readonly id: unknown;
  readonly identity: string | undefined;
  readonly action: ResourceAction;
  readonly allowed: boolean;
  readonly rule: AllowRule | RefuseRule;
  /** The rule as a sentence. */
  readonly because: string;
  /** Changes each of which would reverse the decision. */
  readonly changes: readonly string[];
  /** Identity that holds the lock that prevents the action. */
  readonly holder?: string;
}
