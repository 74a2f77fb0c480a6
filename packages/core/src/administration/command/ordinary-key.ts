/** Columns of a key that is not ended, and has nothing that only ingestion keys, service keys or honeytokens have. */
export const ORDINARY_KEY = {
  disabledAt: null,
  revokedAt: null,
  masked: null,
  sealed: null,
  policy: null,
  honeytoken: false,
} as const;
