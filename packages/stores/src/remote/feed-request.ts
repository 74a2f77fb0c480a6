/**
 * The last change that a reader has read from the issuer's change feed. `n` is the number of the change. `inc` is the
 * id of the history (incarnation) that the number belongs to. When the issuer's database is restored, a new history
 * starts.
 */
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
