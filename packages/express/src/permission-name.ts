/** A family of the permissions `N`: `invoice.*` for `invoice.list`. */
type Family<N extends string> = N extends `${infer Head}.${infer Rest}`
  ? `${Head}.*` | (Rest extends `${string}.${string}` ? `${Head}.${Family<Rest>}` : never)
  : never;

/** The same name with colons. */
type WithColons<N extends string> = N extends `${infer Head}.${infer Rest}` ? `${Head}:${WithColons<Rest>}` : N;

/**
 * A permission or family that a gate can require. Where the catalogue of the gate is a literal, a name that is not in it
 * does not compile; otherwise any text does, and an unknown one throws when the route is built.
 */
export type PermissionName<N extends string> = string extends N
  ? string
  : N | Family<N> | WithColons<N> | WithColons<Family<N>>;
