import { allow, deny } from '@flairgate/core';
import { checkOrganizationName, updateOrganization } from '@flairgate/core/administration';
import { z } from 'zod';
import { defineRoute, type Route } from '../../route/define-route.js';
import { explainIssues } from '../../route/fields.js';
import { text, uuid } from '../../route/schema.js';
import type { ServiceContext } from '../../service-context.js';
import { actorOf } from '../actor.js';

/**
 * Creates the route that changes the name or the description of an organization. If names must be unique, also creates
 * the route that checks if a name is free.
 */
export function organizationNameRoutes(context: ServiceContext): readonly Route[] {
  return context.administration.uniqueOrganizationNames === true
    ? [nameRoute(context), checkRoute(context)]
    : [nameRoute(context)];
}

/**
 * Creates the route that changes the name or the description of an organization. The name may be missing, because
 * LimaCharlie's clients send a description without a name.
 */
function nameRoute({ administration, failures }: ServiceContext): Route {
  return defineRoute({
    method: 'POST',
    path: '/v1/orgs/:oid/name',
    summary: 'Rename an organization, or describe it',
    needs: { kind: 'permissions', names: ['org.conf.set'] },
    params: z.object({ oid: uuid() }),
    fields: z.object({
      name: text().optional().describe('1 to 128 printable characters'),
      description: text().optional().describe('At most 1,024 characters; empty removes it'),
    }),
    answer: z.object({ success: z.literal(true), name: z.string(), description: z.string() }),
    async handle({ params: { oid }, fields, ...call }) {
      const { uniqueOrganizationNames: isUnique } = administration;
      const limited = isUnique === true && fields.name !== undefined ? failures.exceeded(call.countedAs) : undefined;
      if (limited !== undefined) return limited;
      const updated = await updateOrganization(administration, actorOf(call), { oid, ...fields });
      if (updated.allowed) {
        const { name, description } = updated.value;
        return allow({ success: true as const, name, description: description ?? '' });
      }
      // A taken name counts as a failure, because the refusal reveals that another organization has this name.
      if (updated.code === 'ERR_NAME_TAKEN') return failures.count(call.countedAs, updated);
      return explainIssues(updated);
    },
  });
}

/**
 * Creates the route that checks if a name is free. A taken name counts as a failure of the caller's address, because
 * the response reveals that another organization has this name.
 */
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
