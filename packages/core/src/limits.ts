/** Sizes nothing may pass, whatever is configured. */
export const limits = {
  /** Groups inside groups. */
  groupDepth: 16,
  /** Groups one user owns. */
  groupsOwned: 1000,
  /** Policies of one organization: all are read whenever one of its users is. */
  policiesPerOrganization: 1000,
  /** Permissions and families in one grant list. */
  grants: 1000,
  /** CIDR ranges of one key. */
  ranges: 64,
  /** Characters of a description. */
  description: 1024,
  /** Live keys of one organization: limits count per identity, so a thousand keys would be a thousand limits. */
  keysPerOrganization: 10_000,
} as const;
