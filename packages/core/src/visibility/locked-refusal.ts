import type { Denial } from '../denial/denial.js';
import { deny } from '../denial/denial-table.js';
import type { InOrganization } from './caller.js';
import type { Verdict } from './decide.js';

/** Options of `refusal` and `admit`. */
export interface RefusalOptions extends InOrganization {
  /** True if the etag that the caller sent matches the row. Omit this option if the caller sent no etag. */
  readonly etagMatched?: boolean;
  /**
   * True if the caller sent `If-None-Match: *` with a delete. For writes other than a delete, set `onlyAbsent` in the
   * write request instead.
   */
  readonly onlyAbsent?: boolean;
  /** Returns the display name of the identity that holds a lock. By default, the identity id is shown. */
  readonly nameOf?: (identity: string) => string | undefined;
}

/**
 * Returns the denial for a resource that is locked by an identity other than the caller. The denial names the holder of
 * the lock. The holder is not secret.
 */
export function lockedRefusal(verdict: Verdict, nameOf: RefusalOptions['nameOf']): Denial {
  const identity = verdict.allowed ? undefined : verdict.holder;
  if (identity === undefined) return deny('ERR_RESOURCE_LOCKED');
  const lockedBy = nameOf?.(identity) ?? identity;
  return deny('ERR_RESOURCE_LOCKED', { detail: `the resource is locked by ${lockedBy}`, members: { lockedBy } });
}
