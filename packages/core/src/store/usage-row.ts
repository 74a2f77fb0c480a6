/** Usage of one key in one organization on one day. */
export interface UsageRow {
  readonly oid: string;
  /** Days since 1970, in UTC. */
  readonly day: number;
  readonly keyId: string;
  readonly calls: number;
  /** Refusals, without those by a call limit. */
  readonly denials: number;
  /** Refusals by a call limit. */
  readonly limited: number;
  /** Number of requests that used each permission. */
  readonly permissions: Readonly<Record<string, number>>;
}
