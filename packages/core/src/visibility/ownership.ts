/** The owners of a resource. Null means none. `secretTo` is a `secretId`. The others are identity ids. */
export interface Ownership {
  readonly createdBy: string | null;
  readonly lockedBy: string | null;
  readonly secretTo: string | null;
}

/** Ownership of a resource that existed before Flairgate and was not adopted. */
export const UNOWNED: Ownership = Object.freeze({ createdBy: null, lockedBy: null, secretTo: null });
