/** Ownership of a resource whose service keeps none itself (guard). */
export interface OwnershipRow {
  /** Organization the id is unique in; `*` = ids are unique over all organizations. */
  readonly oid: string;
  readonly type: string;
  readonly id: string;
  /** Organization it belongs to. */
  readonly organization: string;
  readonly createdBy: string | null;
  readonly lockedBy: string | null;
  readonly secretTo: string | null;
  /** Revision of its type when this life of the resource began. A resource made anew under the id has another. */
  readonly generation: number;
}

/** What is known of all guarded resources of one type. */
export interface OwnershipTypeRow {
  /** As in `OwnershipRow`. */
  readonly oid: string;
  readonly type: string;
  /** Counts changes of ownership. */
  readonly revision: number;
  /** Number of resources that are secret to somebody. */
  readonly secrets: number;
  /** Number of intents that make something stricter. */
  readonly intents: number;
  /** Revision of the last change after which something was no longer secret to whom it was. */
  readonly secretEnded: number;
  /** Organization that resources without ownership belong to, where ids are unique over all of them. */
  readonly adoptedBy: string | null;
}

/** A write through the guard that is under way, or whose process died: who may not write meanwhile, and what may come. */
export interface IntentRow {
  /** As in `OwnershipRow`. */
  readonly oid: string;
  readonly type: string;
  /** Id of the resource, or `?` and the token where the service gives the id. */
  readonly id: string;
  readonly token: string;
  readonly organization: string;
  readonly identity: string;
  /** `hold`: nothing was begun. */
  readonly operation: 'hold' | 'create' | 'update' | 'delete';
  /** Whether the ownership below counts already, beside the one there is. */
  readonly strict: boolean;
  readonly createdBy: string | null;
  readonly lockedBy: string | null;
  readonly secretTo: string | null;
  readonly startedAt: number;
  /** From then on the process that began it counts as dead. */
  readonly endsAt: number;
}
