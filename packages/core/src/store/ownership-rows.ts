/** Ownership of a resource whose service does not store it (guard). */
export interface OwnershipRow {
  /** Organization in which the id is unique; `*` if ids are unique over all organizations. */
  readonly oid: string;
  readonly type: string;
  readonly id: string;
  /** Organization that the resource belongs to. */
  readonly organization: string;
  readonly createdBy: string | null;
  readonly lockedBy: string | null;
  readonly secretTo: string | null;
  /** Revision of the type at which the resource was created. Differs if one is created again with the same id. */
  readonly generation: number;
}

/** Counters over all guarded resources of one type. */
export interface OwnershipTypeRow {
  /** As in `OwnershipRow`. */
  readonly oid: string;
  readonly type: string;
  /** Number of changes of ownership. */
  readonly revision: number;
  /** Number of secret resources. */
  readonly secrets: number;
  /** Number of intents whose pending ownership applies already. */
  readonly intents: number;
  /** Revision of the last change that removed a secret resource. */
  readonly secretEnded: number;
  /** Organization that resources without ownership belong to, if ids are unique over all organizations. */
  readonly adoptedBy: string | null;
}

/** A write through the guard that is in progress or whose process died. It blocks other writes of the resource. */
export interface IntentRow {
  /** As in `OwnershipRow`. */
  readonly oid: string;
  readonly type: string;
  /** Id of the resource, or `?` and the token if the service assigns the id. */
  readonly id: string;
  readonly token: string;
  readonly organization: string;
  readonly identity: string;
  /** Operation of the write. It is `hold` until the write is decided. */
  readonly operation: 'hold' | 'create' | 'update' | 'delete';
  /** True if the ownership below applies already, in addition to the stored one. */
  readonly strict: boolean;
  readonly createdBy: string | null;
  readonly lockedBy: string | null;
  readonly secretTo: string | null;
  readonly startedAt: number;
  /** Time from which the process of the write is treated as dead. */
  readonly endsAt: number;
}
