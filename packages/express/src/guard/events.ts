import { channel } from 'node:diagnostics_channel';

/** Event of the diagnostics channel `flairgate:guard`. It contains no credential and no content of a resource. */
export interface GuardEvent {
  readonly type: string;
  /**
   * Route as declared, such as `GET /:id`. If the route is not in the table, method and path as sent. May be empty for
   * problems with a write.
   */
  readonly route: string;
  readonly identity: string | undefined;
  /** True in a dry run. */
  readonly dryRun: boolean;
  /**
   * Outcome. `pass`: nothing is kept from the caller. `hide`: items are removed from the response. `withhold`: content
   * in the response is replaced by null. `refuse`: a refusal is sent instead. In a dry run, the guard only reports what
   * it would do.
   *
   * `lease-lost`, `unresolved` and `id-taken` are problems with a write: another process could take over the write, the
   * result of the write is not known, or the new id already has an owner. After such a problem, the stricter of the
   * resource's possible ownerships applies.
   */
  readonly outcome: 'pass' | 'hide' | 'withhold' | 'refuse' | 'lease-lost' | 'unresolved' | 'id-taken';
  readonly reason: string;
  readonly id?: string | undefined;
}

const guarded = channel('flairgate:guard');

/** Publishes what the guard did. In a dry run, publishes what the guard would have done. */
export function publishGuard(event: GuardEvent): void {
  if (guarded.hasSubscribers) guarded.publish(event);
}
