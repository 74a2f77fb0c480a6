/** Ownership of a resource behind a guard. Used if the service does not store the ownership itself. */
export interface OwnershipRow {
  /** Organization within which `id` is unique, or `*` if ids are unique across all organizations. */
  readonly oid: string;
  readonly type: string;
  readonly id: string;
  /** Organization that the resource belongs to. */
  readonly organization: string;
  readonly createdBy: string | null;
  readonly lockedBy: string | null;
  readonly secretTo: string | null;
  /**
   * Value of {@link OwnershipTypeRow.revision} when the resource was created. Distinguishes the resource from a later
   * resource with the same id.
   */
  readonly generation: number;
}

/** Counters for all guarded resources of one type. */
export interface OwnershipTypeRow {
  /** Organization within which ids are unique, or `*` if ids are unique across all organizations. */
  readonly oid: string;
  readonly type: string;
  /** Number of changes to the ownership of resources of this type. */
  readonly revision: number;
  /** Number of resources of this type whose content is secret. */
  readonly secrets: number;
  /** Number of intents (unfinished writes) whose new ownership already applies. */
  readonly intents: number;
  /** `revision` of the last change that removed a secret resource. */
  readonly secretEnded: number;
  /**
   * Organization to which all resources without ownership belong, if ids are unique across all organizations. Null if
   * there is no such organization.
   */
  readonly adoptedBy: string | null;
}

/**
 * An unfinished write through the guard: in progress, or left by a process that died. Blocks other writes to the
 * resource.
 */
export interface IntentRow {
  /** Organization within which ids are unique, or `*` if ids are unique across all organizations. */
  readonly oid: string;
  readonly type: string;
  /** Id of the resource, or `?` followed by `token` if the service assigns the id. */
  readonly id: string;
  readonly token: string;
  readonly organization: string;
  readonly identity: string;
  /** Operation that the write performs, or `hold` until the guard has decided about the write. */
  readonly operation: 'hold' | 'create' | 'update' | 'delete';
  /**
   * True if the ownership in this row already applies. An action must then be allowed by this ownership and by the
   * stored ownership.
   */
  readonly strict: boolean;
  readonly createdBy: string | null;
  readonly lockedBy: string | null;
  readonly secretTo: string | null;
  readonly startedAt: number;
  /** Time from which the process that started the write is treated as terminated. */
  readonly endsAt: number;
}
