import type { Principal } from '@flairgate/core';

/**
 * Returns the service that sent the request.
 *
 * @throws Error on a route that does not require a service key. Using this function on such a route is a programming
 * error.
 */
export function assertService(caller: Principal | undefined): Principal {
  if (caller?.service === undefined) throw new Error('the route is for services, and does not need one');
  return caller;
}
