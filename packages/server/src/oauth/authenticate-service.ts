import {
  type Credential,
  checkCredential,
  type Denial,
  DeniedError,
  deny,
  isDenial,
  type Principal,
  readCredential,
} from '@flairgate/core';
import { clientAddress, type FailureLimit, type Gate } from '@flairgate/express';
import type { RequestHandler } from 'express';

/**
 * Makes the middleware that lets on only services, by their key in `x-api-key`.
 *
 * Refusals go to the error handler that is mounted behind. A service pays for no failures of its address, because
 * every caller of it comes from there.
 */
export function authenticateService({ authenticator }: Gate, failures: FailureLimit): RequestHandler {
  return async function authenticateServiceKey(req, res, next) {
    const read = readCredential(req.rawHeaders);
    const address = clientAddress(req);
    const known = 'kind' in read ? authenticator.recall(read, address) : undefined;
    const found = known ?? (await identify(authenticator, failures, read, address));
    const refusal = isDenial(found) ? found : refuseOthers(found);
    if (refusal !== undefined) throw new DeniedError(await countRefusal(failures, address, refusal));
    if (!isDenial(found)) req.auth = found;
    res.setHeader('Cache-Control', 'private, no-store');
    next();
  };
}

async function identify(
  authenticator: Gate['authenticator'],
  failures: FailureLimit,
  read: Credential | Denial,
  address: string | undefined,
): Promise<Principal | Denial> {
  if (!('kind' in read)) return read;
  if (read.kind === 'bearer') return deny('ERR_KEY_INVALID', { reason: 'a token where a service key belongs' });
  const limited = (await failures.exceeded(address)) ?? checkCredential(read);
  return limited ?? authenticator.identify(read, address);
}

/** The refusal of a good credential that is no service's: the same as of a bad one. */
function refuseOthers(caller: Principal): Denial | undefined {
  if (caller.kind === 'service' && caller.service !== undefined) return undefined;
  return { ...deny('ERR_KEY_INVALID', { reason: `${caller.kind} is not accepted here` }), caller };
}

async function countRefusal(failures: FailureLimit, address: string | undefined, refusal: Denial): Promise<Denial> {
  return refusal.code === 'ERR_RATE_LIMITED' ? refusal : failures.count(address, refusal);
}
