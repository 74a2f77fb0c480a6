import { type Authenticator, type Credential, type Denial, isDenial, type Principal } from '@flairgate/core';
import { clarifyDenial, find } from '@flairgate/core/internal';
import { isIdentifyTraced, traceIdentify } from '../events.js';
import type { Identify, MaybeLater } from '../gate-context.js';
import type { FailureLimit } from '../rate-limit/failure-limit.js';
import type { Origin } from './client-address.js';

/**
 * Creates the function that identifies a caller whose credential is not in the cache. The function also enforces the
 * limit on refusals for each client address.
 */
export function createIdentify(authenticator: Authenticator, failures: FailureLimit): Identify {
  return (sent, origin) =>
    isIdentifyTraced() ? traceIdentify(sent, () => identify(sent, origin)) : identify(sent, origin);

  function identify(sent: Credential | Denial, { address, countedAs }: Origin): MaybeLater<Principal | Denial> {
    const limited = failures.exceeded(countedAs);
    if (limited !== undefined) {
      return getCachedWhenCurrent(authenticator, sent, address).then((known) => known ?? limited);
    }
    const counted = (found: Principal | Denial) => {
      if (!isDenial(found)) return found;
      return failures.count(countedAs, 'kind' in sent ? clarifyDenial(sent, found) : found);
    };
    const answer = 'kind' in sent ? find(authenticator, sent, address) : sent;
    return answer instanceof Promise ? answer.then(counted) : counted(answer);
  }
}

/**
 * Returns the principal from the cache, or undefined if the cache does not contain the credential. If a sync (a read of
 * new revocations) is due, waits for the sync first.
 *
 * Called if an address is over the failure limit. Failures of other callers at the same address must not lock out a
 * caller whose credential is cached.
 *
 * @throws UnavailableError when the sync fails.
 */
async function getCachedWhenCurrent(
  authenticator: Authenticator,
  sent: Credential | Denial,
  address: string | undefined,
): Promise<Principal | undefined> {
  if (!('kind' in sent) || sent.kind === 'none') return undefined;
  if (!authenticator.revision.current()) await authenticator.revision.ensureCurrent();
  return authenticator.getCached(sent, address);
}
