import { allow } from '@flairgate/core';
import { listUserOrganizations } from '@flairgate/core/administration';
import { z } from 'zod';
import { defineRoute, type Route } from '../../route/define-route.js';
import { explainIssues } from '../../route/fields.js';
import { text, whole } from '../../route/schema.js';
import type { ServiceContext } from '../../service-context.js';
import { actorOf } from '../actor.js';

/**
 * Creates the route that lists the organizations to which the calling user belongs now. The route accepts even a token
 * that is valid in no organization.
 */
export function userOrganizationsRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: '/v1/user/orgs',
    summary: 'List the organizations of the calling user',
    needs: { kind: 'user', what: 'list the organizations of a user' },
    fields: z.object({
      offset: whole().optional(),
      limit: whole().optional(),
      filter: text().optional().describe('Part of a name, in any letter case'),
      sort_by: z.enum(['name', 'oid'], { error: 'must be name or oid' }).optional(),
      sort_order: z.enum(['asc', 'desc'], { error: 'must be asc or desc' }).optional(),
    }),
    answer: z.object({ orgs: z.array(z.object({ oid: z.string(), name: z.string() })).readonly(), total: z.int() }),
    async handle({ fields: { sort_by: sortBy, sort_order: order, ...page }, ...call }) {
      const listed = await listUserOrganizations(administration, actorOf(call), {
        ...page,
        sortBy,
        descending: order === 'desc',
      });
      if (!listed.allowed) return explainIssues(listed);
      return allow({ orgs: listed.value.organizations, total: listed.value.total });
    },
  });
}
