import {
  type Authenticator,
  type Credential,
  checkCredential,
  type Denial,
  isDenial,
  type Principal,
} from '@flairgate/core';
import { traceIdentify } from '../events.js';
import type { Identify, MaybeLater } from '../gate-context.js';
import type { FailureLimit } from '../rate-limit/failure-limit.js';
import type { Origin } from './client-address.js';

/** Creates the check of a credential that is not in the cache: failure limit, characters, then the key or the token. */
export function createIdentify(authenticator: Authenticator, failures: FailureLimit): Identify {
  return (read, origin) => traceIdentify(read, () => identify(read, origin));

  function identify(read: Credential | Denial, { address, countedAs }: Origin): MaybeLater<Principal | Denial> {
    const limited = failures.exceeded(countedAs);
    if (limited !== undefined)
      return getCachedWhenCurrent(authenticator, read, address).then((known) => known ?? limited);
    const counted = (answer: Principal | Denial) => (isDenial(answer) ? failures.count(countedAs, answer) : answer);
    const answer = findCaller(authenticator, read, address);
    return answer instanceof Promise ? answer.then(counted) : counted(answer);
  }
}

function findCaller(
  authenticator: Authenticator,
  read: Credential | Denial,
  address: string | undefined,
): MaybeLater<Principal | Denial> {
  if (!('kind' in read)) return read;
  const malformed = checkCredential(read);
  if (malformed !== undefined) return malformed;
  return authenticator.authenticate(read, address);
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
  if (!authenticator.revision.current()) await authenticator.revision.settle();
  return authenticator.getCached(read, address);
}
