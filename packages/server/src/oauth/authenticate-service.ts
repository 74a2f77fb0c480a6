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
import { clientAddress, type FailureLimit, type Gate, type Origin, originOf } from '@flairgate/express';
import type { Request, RequestHandler } from 'express';

/** Authenticates services by their service keys. */
export interface ServiceAuthentication {
  /** Middleware that authenticates a service. Refusals are passed to the error handler. */
  readonly authenticate: RequestHandler;
  /**
   * Returns the service as it is now. Its key can have been revoked since the request arrived.
   *
   * Rejects with DeniedError if it has been, and with UnavailableError if that cannot be decided.
   */
  current(req: Request): Promise<Principal>;
}

interface AuthenticatedService {
  readonly principal: Principal;
  readonly credential: Credential;
}

/**
 * Creates the authentication of services: a service key in `x-api-key`.
 *
 * Failures of the address do not count against a service, because all its callers' keys come from its address.
 */
export function authenticateService({ authenticator }: Gate, failures: FailureLimit): ServiceAuthentication {
  // Apart from the callers of the gate: nothing that lets on a caller may take a service for one.
  const kept = new WeakMap<Request, AuthenticatedService>();
  return {
    async authenticate(req, res, next) {
      const read = readCredential(req.rawHeaders);
      const { address, countedAs } = originOf(req);
      const known = 'kind' in read ? authenticator.getCached(read, address) : undefined;
      const found = known ?? (await authenticateCredential(authenticator, failures, read, { address, countedAs }));
      const service = isDenial(found) ? found : checkService(found);
      if (isDenial(service)) throw new DeniedError(await countFailure(failures, countedAs, service));
      if ('kind' in read) kept.set(req, { principal: service, credential: read });
      res.setHeader('Cache-Control', 'private, no-store');
      next();
    },
    async current(req) {
      const before = kept.get(req);
      if (before === undefined) throw new Error('the route is for services, and nothing let one on');
      const { principal, credential } = before;
      if (authenticator.counts(principal)) return principal;
      const found = await authenticator.current(principal, credential, () => clientAddress(req));
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
  read: Credential | Denial,
  { address, countedAs }: Origin,
): Promise<Principal | Denial> {
  if (!('kind' in read)) return read;
  if (read.kind === 'bearer') return deny('ERR_KEY_INVALID', { reason: 'a token where a service key belongs' });
  const limited = (await failures.exceeded(countedAs)) ?? checkCredential(read);
  return limited ?? authenticator.authenticate(read, address);
}

/** Refuses a valid credential that is not of a service with the same bytes as an invalid one. */
function checkService(caller: Principal): Principal | Denial {
  if (caller.kind === 'service' && caller.service !== undefined) return caller;
  return { ...deny('ERR_KEY_INVALID', { reason: `${caller.kind} is not accepted here` }), caller };
}

async function countFailure(failures: FailureLimit, address: string | undefined, refusal: Denial): Promise<Denial> {
  return refusal.code === 'ERR_RATE_LIMITED' ? refusal : failures.count(address, refusal);
}
