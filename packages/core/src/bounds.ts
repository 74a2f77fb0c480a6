/** Upper limits that no configuration can raise. */
export const limits = {
  /** Levels of nested groups. */
  groupDepth: 16,
  /** Permissions and families in one grant list. */
  grants: 1000,
  /** CIDR ranges of one key. */
  ranges: 64,
  /** Characters of the longest key, generated or imported. */
  secret: 512,
  /** Characters of a description. */
  description: 1024,
} as const;
