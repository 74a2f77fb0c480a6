import { type Authenticator, type Credential, type Denial, isDenial, type Principal } from '@flairgate/core';
import { clarifyDenial, find } from '@flairgate/core/internal';
import { traceIdentify } from '../events.js';
import type { Identify, MaybeLater } from '../gate-context.js';
import type { FailureLimit } from '../rate-limit/failure-limit.js';
import type { Origin } from './client-address.js';

/** Creates the function that identifies a caller whose credential is not in the cache, behind the failure limit. */
export function createIdentify(authenticator: Authenticator, failures: FailureLimit): Identify {
  return (read, origin) => traceIdentify(read, () => identify(read, origin));

  function identify(read: Credential | Denial, { address, countedAs }: Origin): MaybeLater<Principal | Denial> {
    const limited = failures.exceeded(countedAs);
    if (limited !== undefined) {
      return getCachedWhenCurrent(authenticator, read, address).then((known) => known ?? limited);
    }
    const counted = (found: Principal | Denial) => {
      if (!isDenial(found)) return found;
      return failures.count(countedAs, 'kind' in read ? clarifyDenial(read, found) : found);
    };
    const answer = 'kind' in read ? find(authenticator, read, address) : read;
    return answer instanceof Promise ? answer.then(counted) : counted(answer);
  }
}

/**
 * Returns the cached principal after the next sync, if only the sync is missing. Such a credential must not be refused
 * for the failures of its address.
 *
 * @throws UnavailableError when the sync fails.
 */
async function getCachedWhenCurrent(
  authenticator: Authenticator,
  read: Credential | Denial,
  address: string | undefined,
): Promise<Principal | undefined> {
  if (!('kind' in read) || read.kind === 'none') return undefined;
  if (!authenticator.revision.current()) await authenticator.revision.ensureCurrent();
  return authenticator.getCached(read, address);
}
