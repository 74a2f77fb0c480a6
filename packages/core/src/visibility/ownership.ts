/** Who a resource belongs to. Null = nobody. `secretTo` holds a `secretId`, the others identity ids. */
export interface Ownership {
  readonly createdBy: string | null;
  readonly lockedBy: string | null;
  readonly secretTo: string | null;
}

/** The caller as far as a resource of one organization is concerned. */
export interface Party {
  /** Organization whose resources these are. */
  readonly oid: string;
  readonly identity: string;
  readonly secretId: string;
  readonly segment: boolean;
  readonly lock: boolean;
  readonly secret: boolean;
  readonly root: boolean;
}

/** Ownership of a resource that is older than Flairgate and not adopted. */
export const UNOWNED: Ownership = Object.freeze({ createdBy: null, lockedBy: null, secretTo: null });
