import { allow } from '@flairgate/core';
import { readAudit } from '@flairgate/core/administration';
import type { AuditRow } from '@flairgate/core/store';
import { z } from 'zod';
import { defineRoute, type Route } from '../route/define-route.js';
import { explainIssues } from '../route/fields.js';
import { nextCursor, nextCursorField, pageFields } from '../route/page.js';
import { uuid } from '../route/schema.js';
import type { ServiceContext } from '../service-context.js';
import { actorOf } from './actor.js';

/** One entry of the audit. */
export const auditEntry = z.object({
  id: z.string(),
  time: z.int().describe('Unix time in seconds'),
  ident: z.string().describe('Name of the actor, for people'),
  actor: z.string().nullable().describe('Identity of the actor; null for the command line'),
  action: z.string(),
  target: z.string(),
  address: z.string().nullable(),
  outcome: z.string(),
  details: z.record(z.string(), z.unknown()),
});

export function auditToWire(row: AuditRow): z.input<typeof auditEntry> {
  const { id, at, actorName, actor, action, target, address, outcome, details } = row;
  const time = Math.floor(at / 1000);
  return { id, time, ident: actorName, actor, action, target, address, outcome, details };
}

/** Creates the route that lists the audit of an organization, newest entry first. */
export function auditRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: '/v1/orgs/:oid/audit',
    summary: 'Read the audit of an organization, newest entry first',
    needs: { kind: 'permissions', names: ['audit.get'] },
    params: z.object({ oid: uuid() }),
    fields: z.object(pageFields),
    answer: z.object({ events: z.array(auditEntry), ...nextCursorField }),
    async handle({ params: { oid }, fields, ...call }) {
      const page = await readAudit(administration, actorOf(call), { oid, ...fields });
      if (!page.allowed) return explainIssues(page);
      return allow({ events: page.value.entries.map(auditToWire), ...nextCursor(page.value) });
    },
  });
}
