/** The owners of a resource. Null means none. `secretTo` holds a `secretId`, the others hold identity ids. */
export interface Ownership {
  readonly createdBy: string | null;
  readonly lockedBy: string | null;
  readonly secretTo: string | null;
}

/** Ownership of a resource that is older than Flairgate and was not adopted. */
export const UNOWNED: Ownership = Object.freeze({ createdBy: null, lockedBy: null, secretTo: null });
