import { allow } from '@flairgate/core';
import { readUsage } from '@flairgate/core/administration';
import { z } from 'zod';
import { defineRoute, type Route } from '../route/define-route.js';
import { explainIssues } from '../route/fields.js';
import { nextCursor, nextCursorField, pageFields } from '../route/page.js';
import { text, uuid } from '../route/schema.js';
import type { ServiceContext } from '../service-context.js';
import { actorOf } from './actor.js';

/** Schema of the usage of one key on one day. */
const usageEntry = z.object({
  key_hash: z.string(),
  ident: z.string().nullable().describe('Display name of the key; null if the key no longer exists'),
  day: z.string().describe('Day in UTC, such as 2026-11-30'),
  calls: z.int(),
  denials: z.int().describe('Refusals, without those by a call limit'),
  limited: z.int().describe('Refusals by a call limit'),
  permissions: z.record(z.string(), z.int()).describe('Number of requests that used each permission'),
});

/** Creates the route that returns how often each key was used on each day. */
export function usageRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: '/v1/orgs/:oid/usage',
    summary: 'Read calls, refusals and used permissions by key and day, oldest day first',
    needs: { kind: 'permissions', names: ['audit.get'] },
    params: z.object({ oid: uuid() }),
    fields: z.object({
      from: text().optional().describe('First day, such as 2026-11-01; by default 30 days are read'),
      to: text().optional().describe('Last day; by default today'),
      key_hash: text().optional().describe('Public id of a key; by default all keys'),
      ...pageFields,
    }),
    answer: z.object({ usage: z.array(usageEntry), ...nextCursorField }),
    async handle({ params: { oid }, fields: { key_hash: keyId, ...fields }, ...call }) {
      const page = await readUsage(administration, actorOf(call), { oid, keyId, ...fields });
      if (!page.allowed) return explainIssues(page);
      const usage = page.value.entries.map(({ keyId: key, ident = null, ...sums }) => ({
        key_hash: key,
        ident,
        ...sums,
      }));
      return allow({ usage, ...nextCursor(page.value) });
    },
  });
}
