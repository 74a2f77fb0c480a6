/**
 * Column values of an ordinary new key. The key is not disabled or revoked. The columns that only ingestion keys,
 * service keys or honeytokens (decoy keys) use are empty.
 */
export const ORDINARY_KEY = {
  disabledAt: null,
  revokedAt: null,
  masked: null,
  sealed: null,
  policy: null,
  honeytoken: false,
} as const;
