import type { ChangesAnswer } from '@flairgate/client';
import { z } from 'zod';
import { defineRoute, type Route } from '../route/define-route.js';
import { text, whole } from '../route/schema.js';
import type { ServiceContext } from '../service-context.js';
import { assertService } from './assert-service.js';

const answer: z.ZodType<ChangesAnswer, ChangesAnswer> = z.object({
  protocol: z.literal(1),
  inc: z.string(),
  n: z.int(),
  prunedTo: z.int(),
  changes: z.array(z.object({ n: z.int(), scope: z.string(), id: z.string() })),
  organizations: z.union([z.array(z.string()), z.literal('all')]),
  more: z.boolean(),
  heldMs: z.int(),
  ageMs: z.int(),
});

const count = () => whole().refine((value) => value >= 0, { error: 'write a whole number from 0' });

/**
 * The changes after a number, for services that keep the bound without a database.
 *
 * A question that waits is held until there is a change, at most a third of the bound.
 */
export function changesRoute({ changes }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: '/v1/changes',
    summary: 'What was changed since: ids and numbers only',
    needs: { kind: 'service' },
    fields: z.object({
      inc: text().optional().describe('Incarnation the numbers are of; of another one every change is told'),
      after: count().optional().describe('Number up to which changes are known; none: every change that is kept'),
      wait: count().optional().describe('Seconds to wait for a change'),
    }),
    answer,
    handle: ({ fields: { inc, after, wait }, caller }) =>
      changes.read(assertService(caller), { inc, after, waitMs: (wait ?? 0) * 1000 }),
  });
}
