/** What may be asked about one resource. `know`: that it exists. `read`: its content. */
export type ResourceAction = 'know' | 'read' | 'update' | 'delete';

/** Why something is allowed: nothing stands against it, or the caller made it, holds it, or is `root`. */
export type AllowRule = 'open' | 'creator' | 'holder' | 'root';

/** Why something is refused: the resource must not be known, its content is secret, or it is locked. */
export type RefuseRule = 'hidden' | 'withheld' | 'locked';

/** A decision with its reason, for operators and the audit record. Not for the caller: it tells of hidden rows. */
export interface Explanation {
  readonly type: string;
  readonly id: unknown;
  readonly identity: string | undefined;
  readonly action: ResourceAction;
  readonly allowed: boolean;
  readonly rule: AllowRule | RefuseRule;
  /** The rule in a sentence. */
  readonly because: string;
  /** Each of these alone would turn a refusal into a permission, or a permission into a refusal. */
  readonly changes: readonly string[];
  /** Identity that holds the lock in the way. */
  readonly holder?: string;
}
