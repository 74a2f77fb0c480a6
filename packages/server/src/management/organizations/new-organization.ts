import { allow } from '@flairgate/core';
import { createOrganization } from '@flairgate/core/administration';
import { z } from 'zod';
import { defineRoute, type Route } from '../../route/define-route.js';
import { unwrapCreated, withIdempotencyKey } from '../../route/idempotency-key.js';
import { text } from '../../route/schema.js';
import type { ServiceContext } from '../../service-context.js';
import { actorOf } from '../actor.js';

/** Creates the route that creates an organization owned by the calling user. */
export function newOrganizationRoute({ administration, failures }: ServiceContext): Route {
  return defineRoute({
    method: 'POST',
    path: '/v1/orgs/new',
    summary: 'Create an organization',
    needs: { kind: 'user', what: 'create an organization' },
    fields: z.object({
      name: text().describe('1 to 128 printable characters'),
      loc: text().optional().describe('Location of its data'),
    }),
    creates: true,
    answer: z.object({ data: z.object({ oid: z.string() }), success: z.literal(true) }),
    async handle({ fields: { name, loc }, ...call }) {
      const limited = administration.uniqueOrganizationNames === true ? failures.exceeded(call.countedAs) : undefined;
      if (limited !== undefined) return limited;
      const input = loc === undefined ? { name } : { name, location: loc };
      const context = withIdempotencyKey(administration, { ...call, create: 'organization', fields: input });
      const oid = unwrapCreated(await createOrganization(context, actorOf(call), input), 'oid');
      if (oid.allowed) return allow({ data: { oid: oid.value }, success: true as const });
      // A taken name counts as a failure, because the refusal reveals that another organization has this name.
      return oid.code === 'ERR_NAME_TAKEN' ? failures.count(call.countedAs, oid) : oid;
    },
  });
}
