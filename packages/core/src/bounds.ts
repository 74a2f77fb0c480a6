/** Upper limits that no configuration can raise. */
export const limits = {
  /** Levels of nested groups. */
  groupDepth: 16,
  /** Permissions and families in one grant list. */
  grants: 1000,
  /** CIDR ranges per key. */
  ranges: 64,
  /** Characters in a key, generated or imported. */
  secret: 512,
  /** Characters in a description. */
  description: 1024,
} as const;
