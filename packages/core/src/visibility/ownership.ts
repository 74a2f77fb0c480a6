/**
 * The creator, lock holder and secret owner of a resource. Each field is null if there is none. `secretTo` is a
 * `secretId`, and the other fields are identity ids.
 */
export interface Ownership {
  readonly createdBy: string | null;
  readonly lockedBy: string | null;
  readonly secretTo: string | null;
}

/** Ownership of a resource that existed before Flairgate and was not adopted. */
export const UNOWNED: Ownership = Object.freeze({ createdBy: null, lockedBy: null, secretTo: null });
