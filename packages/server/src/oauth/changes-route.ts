import type { ChangesAnswer } from '@flairgate/client';
import { z } from 'zod';
import { defineRoute, type Route } from '../route/define-route.js';
import { text, whole } from '../route/schema.js';
import type { ServiceContext } from '../service-context.js';
import { assertService } from './assert-service.js';

const changesAnswer: z.ZodType<ChangesAnswer, ChangesAnswer> = z.object({
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

const changeNumber = () => whole().refine((value) => value >= 0, { error: 'must be an integer of at least 0' });

/**
 * Creates the route for the change feed. Services without a database read this feed, and so learn of a revocation
 * within the maximum staleness.
 *
 * A request may ask to wait for a change. The response is then sent at the next change, but at the latest after a third
 * of the maximum staleness.
 */
export function changesRoute({ changes }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: '/v1/changes',
    summary: 'List changes since a number, as ids and numbers',
    needs: { kind: 'service' },
    fields: z.object({
      inc: text()
        .optional()
        .describe('Incarnation that the number belongs to; with another one, every stored change is returned'),
      after: changeNumber()
        .optional()
        .describe('Number of the last change that is known; without it, every stored change is returned'),
      wait: changeNumber().optional().describe('Seconds to wait for a change'),
    }),
    answer: changesAnswer,
    handle: ({ fields: { inc, after, wait }, caller }) =>
      changes.read(assertService(caller), { inc, after, waitMs: (wait ?? 0) * 1000 }),
  });
}
