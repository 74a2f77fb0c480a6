import { type Credential, type Denial, DeniedError, deny, isDenial, type Principal } from '@flairgate/core';
import { counts, currentPrincipal, find, read } from '@flairgate/core/internal';
import { clientAddress, type FailureLimit, type Gate, type Origin, originOf } from '@flairgate/express';
import type { Request, RequestHandler } from 'express';

/** Authentication of services by their service keys. */
export interface ServiceAuthentication {
  /** Middleware that authenticates a service. Refusals are passed to the error handler. */
  readonly authenticate: RequestHandler;
  /** Like `authenticate`, but a request without any credential passes too. Such a request has no calling service. */
  readonly authenticateIfSent: RequestHandler;
  /**
   * Returns the calling service in its current state, because its key may have been revoked since the request arrived.
   * Returns undefined if `authenticateIfSent` let the request pass without a credential.
   *
   * Rejects with DeniedError if the key is no longer valid, and with UnavailableError if the state of the key cannot be
   * read.
   */
  current(req: Request): Promise<Principal | undefined>;
}

interface AuthenticatedService {
  readonly principal: Principal;
  readonly credential: Credential;
}

/**
 * Creates the middleware that authenticates services by the service key in `x-api-key`.
 *
 * An invalid service key counts toward `failures`. This limit is separate from the failure limit of the gate, because a
 * service sends the keys of all its callers from its own address.
 */
export function authenticateService({ authenticator }: Gate, failures: FailureLimit): ServiceAuthentication {
  // The gate does not know these services, so no route behind the gate can mistake a service for a caller.
  const kept = new WeakMap<Request, AuthenticatedService>();
  const without = new WeakSet<Request>();
  const authenticate: RequestHandler = async function authenticateService(req, res, next) {
    const sent = read(req);
    const { address, countedAs } = originOf(req);
    const known = 'kind' in sent ? authenticator.getCached(sent, address) : undefined;
    const found = known ?? (await authenticateCredential(authenticator, failures, sent, { address, countedAs }));
    const service = isDenial(found) ? found : checkService(found);
    if (isDenial(service)) throw new DeniedError(await countFailure(failures, countedAs, service));
    if ('kind' in sent) kept.set(req, { principal: service, credential: sent });
    res.setHeader('Cache-Control', 'private, no-store');
    next();
  };
  return {
    authenticate,
    authenticateIfSent(req, res, next) {
      const sent = read(req);
      if (!('kind' in sent) || sent.kind !== 'none') return authenticate(req, res, next);
      without.add(req);
      res.setHeader('Cache-Control', 'private, no-store');
      return next();
    },
    async current(req) {
      const before = kept.get(req);
      if (before === undefined && without.has(req)) return undefined;
      if (before === undefined) throw new Error('the route is for services, but no service was authenticated');
      const { principal, credential } = before;
      if (counts(principal)) return principal;
      const address = () => clientAddress(req);
      const found = await currentPrincipal(authenticator, { principal, credential, address });
      const service = isDenial(found) ? found : checkService(found);
      if (isDenial(service)) throw new DeniedError({ ...service, caller: principal });
      kept.set(req, { principal: service, credential });
      return service;
    },
  };
}

async function authenticateCredential(
  authenticator: Gate['authenticator'],
  failures: FailureLimit,
  sent: Credential | Denial,
  { address, countedAs }: Origin,
): Promise<Principal | Denial> {
  if (!('kind' in sent)) return sent;
  if (sent.kind === 'bearer') return deny('ERR_KEY_INVALID', { reason: 'a token where a service key belongs' });
  return failures.exceeded(countedAs) ?? find(authenticator, sent, address);
}

/** Refuses a valid credential if its owner is not a service. The response is the same as for an invalid credential. */
function checkService(caller: Principal): Principal | Denial {
  if (caller.kind === 'service' && caller.service !== undefined) return caller;
  return { ...deny('ERR_KEY_INVALID', { reason: `${caller.kind} is not accepted here` }), caller };
}

async function countFailure(failures: FailureLimit, address: string | undefined, refusal: Denial): Promise<Denial> {
  return refusal.code === 'ERR_RATE_LIMITED' ? refusal : failures.count(address, refusal);
}
