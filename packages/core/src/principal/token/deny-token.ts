import type { Denial } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';

/** Creates the refusal of a token. `reason` is for the operator; the caller does not learn it. */
export function denyToken(reason: string): Denial {
  return deny('ERR_TOKEN_INVALID', { reason: `token: ${reason}` });
}
