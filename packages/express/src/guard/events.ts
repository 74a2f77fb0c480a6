import { channel } from 'node:diagnostics_channel';

/** Event of the diagnostics channel `flairgate:guard`. It holds no credential and no content. */
export interface GuardEvent {
  readonly type: string;
  /** `METHOD /path` as declared, or as sent if the path is not in the table. */
  readonly route: string;
  readonly identity: string | undefined;
  /** True in a dry run. */
  readonly dryRun: boolean;
  /**
   * Outcome. `pass`, `hide`, `withhold`, `refuse`: what the guard did with the answer, or would do in a dry run.
   * `lease-lost`, `unresolved`, `id-taken`: trouble with a write, after which the stricter ownership applies.
   */
  readonly outcome: 'pass' | 'hide' | 'withhold' | 'refuse' | 'lease-lost' | 'unresolved' | 'id-taken';
  readonly reason: string;
  readonly id?: string | undefined;
}

const guarded = channel('flairgate:guard');

/** Publishes what the guard did, or would do. */
export function publishGuard(event: GuardEvent): void {
  if (guarded.hasSubscribers) guarded.publish(event);
}
