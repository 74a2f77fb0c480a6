import { allow, deny } from '@flairgate/core';
import { checkOrganizationName, renameOrganization } from '@flairgate/core/administration';
import { z } from 'zod';
import { defineRoute, type Route } from '../../route/define-route.js';
import { explainIssues } from '../../route/fields.js';
import { text, uuid } from '../../route/schema.js';
import type { ServiceContext } from '../../service-context.js';
import { actorOf } from '../actor.js';

/** Creates the routes that rename an organization and, where names are unique, look for a free one. */
export function organizationNameRoutes(context: ServiceContext): readonly Route[] {
  return context.administration.uniqueOrganizationNames === true
    ? [renameRoute(context), checkRoute(context)]
    : [renameRoute(context)];
}

function renameRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'POST',
    path: '/v1/orgs/:oid/name',
    summary: 'Rename an organization',
    needs: { kind: 'permissions', names: ['org.conf.set'] },
    params: z.object({ oid: uuid() }),
    fields: z.object({
      name: text().describe('1 to 128 printable characters'),
      description: z
        .never({ error: 'is not supported: organizations have no description' })
        .optional()
        .describe('Sent by clients of LimaCharlie, and refused'),
    }),
    answer: z.object({ success: z.literal(true), name: z.string() }),
    async handle({ params: { oid }, fields: { name }, ...call }) {
      const renamed = await renameOrganization(administration, actorOf(call), { oid, name });
      return renamed.allowed ? allow({ success: true as const, name: renamed.value.name }) : explainIssues(renamed);
    },
  });
}

/** Reveals which names other organizations have, so what is taken counts as a failure of the caller's address. */
function checkRoute({ administration, failures }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: '/v1/orgs/new',
    summary: 'Say whether an organization can be created with a name',
    needs: { kind: 'user', what: 'create an organization' },
    fields: z.object({ name: text() }),
    answer: z.object({ is_available: z.boolean() }),
    async handle({ fields: { name }, ...call }) {
      const limited = failures.exceeded(call.countedAs);
      if (limited !== undefined) return limited;
      const checked = await checkOrganizationName(administration, actorOf(call), { name });
      if (!checked.allowed) return explainIssues(checked);
      if (!checked.value.available) await failures.count(call.countedAs, deny('ERR_NAME_TAKEN'));
      return allow({ is_available: checked.value.available });
    },
  });
}
