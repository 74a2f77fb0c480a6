import type { Denial } from '../denial/denial.js';
import { deny } from '../denial/denial-table.js';
import type { InOrganization } from './caller.js';
import type { Verdict } from './decide.js';

/** Options of `refusal` and `admit`. */
export interface RefusalOptions extends InOrganization {
  /** Whether the etag the caller sent is the row's. Leave it out when the caller sent none. */
  readonly etagMatched?: boolean;
  /** Finds the display name of the identity that holds a lock. Default: the identity id is shown. */
  readonly nameOf?: (identity: string) => string | undefined;
}

/** Returns the refusal of a resource somebody else has locked. Names the holder: a lock brings no privacy. */
export function lockedRefusal(verdict: Verdict, nameOf: RefusalOptions['nameOf']): Denial {
  const identity = verdict.allowed ? undefined : verdict.holder;
  if (identity === undefined) return deny('ERR_RESOURCE_LOCKED');
  const lockedBy = nameOf?.(identity) ?? identity;
  return deny('ERR_RESOURCE_LOCKED', { detail: `the resource is locked by ${lockedBy}`, members: { lockedBy } });
}
