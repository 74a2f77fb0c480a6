import { allow } from '@flairgate/core';
import { deleteOrganization, readOrganization, revokeTokens } from '@flairgate/core/administration';
import { z } from 'zod';
import { defineRoute, type Route } from '../../route/define-route.js';
import { succeeded, success } from '../../route/success.js';
import type { ServiceContext } from '../../service-context.js';
import { actorOf } from '../actor.js';
import { organizationParams } from '../route-parts.js';

const organizationPath = '/v1/orgs/:oid';

/** Creates the routes that read or delete one organization, or revoke all its tokens. */
export function organizationRoutes({ administration }: ServiceContext): readonly Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: organizationPath,
      summary: 'Read an organization',
      needs: { kind: 'permissions', names: ['org.get'] },
      params: organizationParams,
      answer: z.object({
        oid: z.string(),
        name: z.string(),
        description: z.string(),
        loc: z.string(),
        created: z.int(),
      }),
      async handle({ params: { oid }, ...call }) {
        const organization = await readOrganization(administration, actorOf(call), { oid });
        if (!organization.allowed) return organization;
        const { name, description, location, createdAt } = organization.value;
        const created = Math.floor(createdAt / 1000);
        return allow({ oid, name, description: description ?? '', loc: location, created });
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: organizationPath,
      summary: 'Delete an organization and everything in it; only for owners',
      needs: { kind: 'permissions', names: ['org.del'] },
      params: organizationParams,
      answer: success,
      handle: async ({ params: { oid }, ...call }) =>
        succeeded(await deleteOrganization(administration, actorOf(call), { oid })),
    }),
    defineRoute({
      method: 'POST',
      path: `${organizationPath}/tokens/revoke`,
      summary: 'Revoke every token that is valid for an organization',
      needs: { kind: 'permissions', names: ['apikey.ctrl'] },
      params: organizationParams,
      answer: success,
      handle: async ({ params: { oid }, ...call }) =>
        succeeded(await revokeTokens(administration, actorOf(call), { oid })),
    }),
  ];
}
