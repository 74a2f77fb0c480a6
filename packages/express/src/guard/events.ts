import { channel } from 'node:diagnostics_channel';

/** What subscribers of the diagnostics channel `flairgate:guard` get. Holds no credential and no content. */
export interface GuardEvent {
  readonly type: string;
  /** `METHOD /path` as declared; for a path that is not on the table, as it was sent. */
  readonly route: string;
  readonly identity: string | undefined;
  /** True where the guard only looks on. */
  readonly dryRun: boolean;
  /**
   * `pass`, `hide`, `withhold`, `refuse`: what was, or would be, done with the answer. `lease-lost`, `unresolved`,
   * `id-taken`: trouble with a write, which left the stricter ownership.
   */
  readonly outcome: 'pass' | 'hide' | 'withhold' | 'refuse' | 'lease-lost' | 'unresolved' | 'id-taken';
  readonly reason: string;
  readonly id?: string | undefined;
}

const guarded = channel('flairgate:guard');

/** Tells subscribers what the guard did, or would do. */
export function publishGuard(event: GuardEvent): void {
  if (guarded.hasSubscribers) guarded.publish(event);
}
