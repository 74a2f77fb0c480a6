import { auditRoute } from '../limacharlie/audit.js';
import { groupChangeRoutes } from '../limacharlie/group-changes.js';
import { groupRoutes } from '../limacharlie/groups.js';
import { invitationRoutes } from '../limacharlie/invitations.js';
import { keyStateRoutes } from '../limacharlie/key-state.js';
import { organizationRoutes } from '../limacharlie/organizations.js';
import { rotateKeyRoute } from '../limacharlie/rotate-key.js';
import { userKeyRoutes } from '../limacharlie/user-keys.js';
import { userOrganizationsRoute } from '../limacharlie/user-organizations.js';
import { userRoutes } from '../limacharlie/users.js';
import { apiUserKeyRoutes } from '../lime/api-user-key.js';
import { apiUserRoutes } from '../lime/api-users.js';
import { policyRoutes } from '../lime/policies.js';
import type { Route } from '../route/define-route.js';
import type { ServiceContext } from '../service-context.js';

/** Management of organizations, users, groups, policies and their keys, in both seed systems' shapes. */
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
