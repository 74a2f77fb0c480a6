/** Upper limits that no configuration can raise. */
export const limits = {
  /** Maximum number of levels of nested groups. */
  groupDepth: 16,
  /** Maximum number of permissions and permission families (such as `org.*`) in one grant list. */
  grants: 1000,
  /** Maximum number of CIDR ranges per key. */
  ranges: 64,
  /** Maximum number of characters in a key, generated or imported. */
  secret: 512,
  /** Maximum number of characters in a description. */
  description: 1024,
} as const;
