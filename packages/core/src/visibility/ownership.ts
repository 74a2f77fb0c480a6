/** Who a resource belongs to. Null = nobody. `secretTo` holds a `secretId`, the others identity ids. */
export interface Ownership {
  readonly createdBy: string | null;
  readonly lockedBy: string | null;
  readonly secretTo: string | null;
}

/** Ownership of a resource that is older than Flairgate and not adopted. */
export const UNOWNED: Ownership = Object.freeze({ createdBy: null, lockedBy: null, secretTo: null });
