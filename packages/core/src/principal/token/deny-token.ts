import type { Denial } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';

/** Creates the denial for a token. `reason` is for the operator and is not sent to the caller. */
export function denyToken(reason: string): Denial {
  return deny('ERR_TOKEN_INVALID', { reason: `token: ${reason}` });
}
