/** Permission families (wildcards) that contain the permissions `N`, such as `invoice.*` for `invoice.list`. */
type Family<N extends string> = N extends `${infer Head}.${infer Rest}`
  ? `${Head}.*` | (Rest extends `${string}.${string}` ? `${Head}.${Family<Rest>}` : never)
  : never;

/** Permission name written with colons instead of dots. */
type WithColons<N extends string> = N extends `${infer Head}.${infer Rest}` ? `${Head}:${WithColons<Rest>}` : N;

/**
 * Permission or permission family (such as `invoice.*`) that a gate can require. If TypeScript knows the names in the
 * gate's catalogue, an unknown name does not compile. Otherwise any string compiles, and an unknown name throws when
 * the route is built.
 */
export type PermissionName<N extends string> = string extends N
  ? string
  : N | Family<N> | WithColons<N> | WithColons<Family<N>>;
