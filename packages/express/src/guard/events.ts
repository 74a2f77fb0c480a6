import { channel } from 'node:diagnostics_channel';

/** Event of the diagnostics channel `flairgate:guard`. It contains no credential and no content of a resource. */
export interface GuardEvent {
  readonly type: string;
  /** Route as declared, such as `GET /:id`. Method and path as sent if the route is not in the table. */
  readonly route: string;
  readonly identity: string | undefined;
  /** True in a dry run. */
  readonly dryRun: boolean;
  /**
   * Outcome. `pass`, `hide`, `withhold` and `refuse` describe what the guard did with the response, or would do without
   * the dry run. `lease-lost`, `unresolved` and `id-taken` are problems with a write. After such a problem, the
   * stricter ownership applies.
   */
  readonly outcome: 'pass' | 'hide' | 'withhold' | 'refuse' | 'lease-lost' | 'unresolved' | 'id-taken';
  readonly reason: string;
  readonly id?: string | undefined;
}

const guarded = channel('flairgate:guard');

/** Publishes an action of the guard, or in a dry run the action that it would have taken. */
export function publishGuard(event: GuardEvent): void {
  if (guarded.hasSubscribers) guarded.publish(event);
}
