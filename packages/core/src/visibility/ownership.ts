/**
 * The creator of a resource, the holder of its lock, and the only key that may read its content. Each field is null if
 * there is none. `secretTo` is the `secretId` of that key, and the other fields are identity ids.
 */
export interface Ownership {
  readonly createdBy: string | null;
  readonly lockedBy: string | null;
  readonly secretTo: string | null;
}

/**
 * Ownership of a resource for which no ownership is stored, for example because it existed before Flairgate was used.
 */
export const UNOWNED: Ownership = Object.freeze({ createdBy: null, lockedBy: null, secretTo: null });
