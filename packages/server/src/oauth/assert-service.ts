import type { Principal } from '@flairgate/core';

/**
 * Returns the calling service.
 *
 * @throws Error on a route that needs no service. Such a route is a mistake, and no request may pass it.
 */
export function assertService(caller: Principal | undefined): Principal {
  if (caller?.service === undefined) throw new Error('the route is for services, and does not need one');
  return caller;
}
