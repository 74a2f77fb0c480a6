import { auditRoute } from '../management/audit.js';
import { explainAllRoute, explainRoute } from '../management/explain.js';
import { federationRoutes } from '../management/federations.js';
import { groupChangeRoutes } from '../management/group-changes.js';
import { groupRoutes } from '../management/groups.js';
import { insightAuditRoute } from '../management/insight-audit.js';
import { keyNameRoute } from '../management/keys/key-names.js';
import { keyStateRoutes } from '../management/keys/key-state.js';
import { rotateKeyRoute } from '../management/keys/rotate-key.js';
import { updateKeyRoute } from '../management/keys/update-key.js';
import { apiUserKeyRoutes } from '../management/lime/api-user-key.js';
import { apiUserRoutes } from '../management/lime/api-users.js';
import { policyRoutes } from '../management/lime/policies.js';
import { deleteOrganizationRoutes } from '../management/organizations/delete-organization.js';
import { organizationNameRoutes } from '../management/organizations/organization-names.js';
import { organizationRoutes } from '../management/organizations/organizations.js';
import { userOrganizationsRoute } from '../management/organizations/user-organizations.js';
import { invitationRoutes } from '../management/self/invitations.js';
import { userKeyRoutes } from '../management/self/user-keys.js';
import { usageRoute } from '../management/usage.js';
import { userRoutes } from '../management/users.js';
import type { Route } from '../route/define-route.js';
import type { ServiceContext } from '../service-context.js';

/**
 * Creates the routes that manage organizations, users, groups, policies and keys, with the paths of LimaCharlie and
 * Lime.
 */
export function managementRoutes(context: ServiceContext): readonly Route[] {
  return [
    // Must come before the routes of one organization, which would read `new` as an organization id.
    ...organizationNameRoutes(context),
    ...organizationRoutes(context),
    ...deleteOrganizationRoutes(context),
    ...userRoutes(context),
    rotateKeyRoute(context),
    keyNameRoute(context),
    updateKeyRoute(context),
    ...keyStateRoutes(context),
    ...federationRoutes(context),
    auditRoute(context),
    insightAuditRoute(context),
    explainRoute(context),
    explainAllRoute(context),
    usageRoute(context),
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
