/** Action on one resource. `know` means learning that it exists, `read` means reading its content. */
export type ResourceAction = 'know' | 'read' | 'update' | 'delete';

/**
 * Rule that allows an action: the action is not restricted, or the caller created the resource, holds its lock, or has
 * `root`.
 */
export type AllowRule = 'open' | 'creator' | 'holder' | 'root';

/**
 * Rule that refuses an action: the caller must not know of the resource, the content is secret, or the resource is
 * locked.
 */
export type RefuseRule = 'hidden' | 'withheld' | 'locked';

/** A decision with its reason, for operators and the audit log. Not for the caller, because it reveals hidden rows. */
export interface Explanation {
  readonly type: string;
  readonly id: unknown;
  readonly identity: string | undefined;
  readonly action: ResourceAction;
  readonly allowed: boolean;
  readonly rule: AllowRule | RefuseRule;
  /** The rule as a sentence. */
  readonly because: string;
  /** Changes that would reverse the decision. Each one alone is enough. */
  readonly changes: readonly string[];
  /** Identity that holds the lock if the action is refused because of a lock. */
  readonly holder?: string;
}
