import { allow } from '@flairgate/core';
import { acceptInvitation, declineInvitation, type Invitation, listInvitations } from '@flairgate/core/administration';
import { z } from 'zod';
import { defineRoute, type Route } from '../../route/define-route.js';
import { explainIssues } from '../../route/fields.js';
import { nextCursor, nextCursorField, pageFields } from '../../route/page.js';
import { succeeded, success } from '../../route/success.js';
import type { ServiceContext } from '../../service-context.js';
import { actorOf } from '../actor.js';
import { organizationParams } from '../route-parts.js';

const invitationsPath = '/v1/user/invitations';

const invitation = z.object({
  oid: z.string(),
  name: z.string().describe('Name of the organization'),
  role: z.enum(['owner', 'member']).nullable().describe('Role of the membership; null if only groups offer something'),
  made: z.int().describe('Unix time in seconds'),
  ends: z.int().describe('Unix time in seconds'),
});

/**
 * Creates the routes with which the calling user lists, accepts and declines the offers of organizations, such as the
 * offer of a membership. An offer has no effect until the user accepts it.
 */
export function invitationRoutes({ administration }: ServiceContext): readonly Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: invitationsPath,
      summary: 'List the open offers to the calling user',
      needs: { kind: 'user', what: 'list invitations' },
      fields: z.object(pageFields),
      answer: z.object({ invitations: z.array(invitation), ...nextCursorField }),
      async handle({ fields, ...call }) {
        const page = await listInvitations(administration, actorOf(call), fields);
        if (!page.allowed) return explainIssues(page);
        return allow({ invitations: page.value.entries.map(toWire), ...nextCursor(page.value) });
      },
    }),
    defineRoute({
      method: 'POST',
      path: `${invitationsPath}/:oid`,
      summary: 'Accept the offers of an organization',
      needs: { kind: 'user', what: 'accept an invitation' },
      params: organizationParams,
      answer: success,
      handle: async ({ params: { oid }, ...call }) =>
        succeeded(await acceptInvitation(administration, actorOf(call), { oid })),
    }),
    defineRoute({
      method: 'DELETE',
      path: `${invitationsPath}/:oid`,
      summary: 'Decline the offers of an organization, or leave it; the last owner cannot leave',
      needs: { kind: 'user', what: 'decline an invitation' },
      params: organizationParams,
      answer: success,
      handle: async ({ params: { oid }, ...call }) =>
        succeeded(await declineInvitation(administration, actorOf(call), { oid })),
    }),
  ];
}

function toWire({ oid, name, role, madeAt, endsAt }: Invitation): z.input<typeof invitation> {
  return { oid, name, role: role ?? null, made: Math.floor(madeAt / 1000), ends: Math.floor(endsAt / 1000) };
}
