import { auditRoute } from '../management/audit.js';
import { groupChangeRoutes } from '../management/group-changes.js';
import { groupRoutes } from '../management/groups.js';
import { invitationRoutes } from '../management/invitations.js';
import { keyStateRoutes } from '../management/key-state.js';
import { apiUserKeyRoutes } from '../management/lime/api-user-key.js';
import { apiUserRoutes } from '../management/lime/api-users.js';
import { policyRoutes } from '../management/lime/policies.js';
import { organizationRoutes } from '../management/organizations.js';
import { rotateKeyRoute } from '../management/rotate-key.js';
import { userKeyRoutes } from '../management/user-keys.js';
import { userOrganizationsRoute } from '../management/user-organizations.js';
import { userRoutes } from '../management/users.js';
import type { Route } from '../route/define-route.js';
import type { ServiceContext } from '../service-context.js';

/**
 * Creates the routes that manage organizations, users, groups, policies and keys, with the paths of LimaCharlie and
 * Lime.
 */
export function managementRoutes(context: ServiceContext): readonly Route[] {
  return [
    ...organizationRoutes(context),
    ...userRoutes(context),
    rotateKeyRoute(context),
    ...keyStateRoutes(context),
    auditRoute(context),
    userOrganizationsRoute(context),
    ...invitationRoutes(context),
    ...userKeyRoutes(context),
    ...groupRoutes(context),
    ...groupChangeRoutes(context),
    ...apiUserRoutes(context),
    ...apiUserKeyRoutes(context),
    ...policyRoutes(context),
  ];
}
