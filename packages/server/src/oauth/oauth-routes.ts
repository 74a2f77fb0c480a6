import type { Route } from '../route/define-route.js';
import type { ServiceContext } from '../service-context.js';
import { changesRoute } from './changes-route.js';
import { introspectRoute } from './introspect-route.js';
import { tokenRoute } from './token-route.js';

/**
 * Creates the routes for services that have no database. Each route needs a service key. The token route also accepts
 * the external token of a federation instead.
 */
export function oauthRoutes(context: ServiceContext): readonly Route[] {
  return [introspectRoute(context), tokenRoute(context), changesRoute(context)];
}
