import { allow } from '@flairgate/core';
import { namesIn, readAudit } from '@flairgate/core/administration';
import type { AuditRow } from '@flairgate/core/store';
import { z } from 'zod';
import { defineRoute, type Route } from '../route/define-route.js';
import { explainIssues } from '../route/fields.js';
import { nextCursor, nextCursorField, pageFields } from '../route/page.js';
import { text, uuid, whole } from '../route/schema.js';
import type { ServiceContext } from '../service-context.js';
import { actorOf } from './actor.js';

/** Schema of one audit entry. */
export const auditEntry = z.object({
  id: z.string(),
  time: z.int().describe('Unix time in seconds'),
  ident: z.string().describe('Display name of the actor'),
  actor: z.string().nullable().describe('Identity of the actor; null for the command line'),
  action: z.string(),
  target: z.string(),
  address: z.string().nullable(),
  outcome: z.string(),
  details: z.record(z.string(), z.unknown()),
  names: z
    .record(z.string(), z.string())
    .optional()
    .describe('Names of ids in target and details, as far as the caller may see them; absent if there are none'),
});

const NO_NAMES: ReadonlyMap<string, string> = new Map();

export function auditToWire(row: AuditRow, known = NO_NAMES): z.input<typeof auditEntry> {
  const { id, at, actorName, actor, action, target, address, outcome, details } = row;
  const time = Math.floor(at / 1000);
  const names = namesIn(row, known);
  const named = Object.keys(names).length === 0 ? {} : { names };
  return { id, time, ident: actorName, actor, action, target, address, outcome, details, ...named };
}

/** Request fields that filter the audit. An entry is returned only if it matches every given field. */
const filterFields = {
  actor: text().optional().describe('Identity of the actor; - for the command line'),
  key_hash: text().optional().describe('Public id of a key; returns changes to the key and the actions of the key'),
  action: text().optional().describe('Action, such as key.create'),
  outcome: text().optional().describe('done, not-done or refused'),
  from: whole().optional().describe('Earliest time, in Unix seconds'),
  to: whole().optional().describe('Latest time, in Unix seconds'),
};

/** Creates the route that lists an organization's audit, newest entry first. */
export function auditRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: '/v1/orgs/:oid/audit',
    summary: 'Read the audit of an organization, newest entry first',
    needs: { kind: 'permissions', names: ['audit.get'] },
    params: z.object({ oid: uuid() }),
    fields: z.object({ ...filterFields, ...pageFields }),
    answer: z.object({ events: z.array(auditEntry), ...nextCursorField }),
    async handle({ params: { oid }, fields: { key_hash: keyId, from, to, ...fields }, ...call }) {
      const time = {
        from: from === undefined ? undefined : from * 1000,
        to: to === undefined ? undefined : (to + 1) * 1000 - 1,
      };
      const page = await readAudit(administration, actorOf(call), { oid, keyId, ...time, ...fields });
      if (!page.allowed) return explainIssues(page);
      return allow({
        events: page.value.entries.map((row) => auditToWire(row, page.value.names)),
        ...nextCursor(page.value),
      });
    },
  });
}
