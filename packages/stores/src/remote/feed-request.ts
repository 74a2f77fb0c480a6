/** The position of a reader in the issuer's change feed. */
export interface FeedPosition {
  readonly inc: string;
  readonly n: number;
}

/** Parameters of a request for a page of the change feed. */
export interface FeedRequest {
  readonly inc?: string | undefined;
  readonly after?: number | undefined;
  readonly waitSeconds?: number;
}

/** Returns the path and query of a request for a page of the change feed. */
export function feedPath({ inc, after, waitSeconds }: FeedRequest): string {
  const query = new URLSearchParams();
  if (inc !== undefined) query.set('inc', inc);
  if (after !== undefined) query.set('after', String(after));
  if (waitSeconds !== undefined) query.set('wait', String(waitSeconds));
  return `/v1/changes?${query}`;
}
