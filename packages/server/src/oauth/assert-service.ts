import type { Principal } from '@flairgate/core';

/**
 * Returns the calling service.
 *
 * @throws Error on a route that needs no service. Such a route is a mistake, and no request may pass it.
 * @throws Error on a route that needs no service. Such a route is a mistake, and must not let any request through.
 * @throws Error on a route that needs none: such a route was built wrong, and lets nobody through.
 */
export function assertService(caller: Principal | undefined): Principal {
  if (caller?.service === undefined) throw new Error('the route is for services, and does not need one');
  return caller;
}
