import { allow, deny, type Principal } from '@flairgate/core';
import { z } from 'zod';
import { defineRoute, type Route } from '../../route/define-route.js';

/** Accepted kinds of callers: all except ingestion keys, which can only push data. */
const ACCEPTED = ['organization-key', 'user-key', 'api-user', 'user', 'service', 'federation', 'subject'] as const;

const permissions = z.array(z.string());

/**
 * Creates the route that returns the caller's display name and permissions in LimaCharlie's format. Permission
 * families, such as `dr.*`, are expanded, because LimaCharlie's clients match permissions exactly.
 */
export function whoRoute(): Route {
  return defineRoute({
    method: 'GET',
    path: '/v1/who',
    summary: 'Return the caller and its permissions',
    needs: { kind: 'credential', accept: ACCEPTED },
    answer: z.union([
      z.object({ ident: z.string(), orgs: z.array(z.string()), perms: permissions }),
      z.object({ ident: z.string(), user_perms: z.record(z.string(), permissions) }),
    ]),
    handle: async ({ caller }) => (caller === undefined ? deny('ERR_CREDENTIAL_MISSING') : allow(whoIs(caller))),
  });
}

/**
 * Returns the caller's display name and permissions. For a credential that is valid in exactly one organization, the
 * result has the members `orgs` and `perms`. A user's credential is no exception, because LimaCharlie's Go client reads
 * only this format. For all other credentials, the result has the member `user_perms`, which maps organization ids to
 * permissions.
 */
function whoIs(caller: Principal) {
  const { ident, organizations } = caller;
  const [only] = organizations;
  if (only !== undefined && organizations.length === 1) {
    return { ident, orgs: [only], perms: permissionsIn(caller, only) };
  }
  const userPermissions: Record<string, string[]> = Object.create(null);
  for (const oid of organizations) userPermissions[oid] = permissionsIn(caller, oid);
  return { ident, user_perms: userPermissions };
}

function permissionsIn(caller: Principal, oid: string): string[] {
  return [...(caller.in(oid)?.permissions ?? [])];
}
