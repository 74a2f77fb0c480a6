import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { allow } from '@flairgate/core';
import { MAX_PAGE, readAudit } from '@flairgate/core/administration';
import type { AuditRow } from '@flairgate/core/store';
import { z } from 'zod';
import { defineRoute, type Route } from '../route/define-route.js';
import { explainIssues } from '../route/fields.js';
import { flag, text, uuid, whole } from '../route/schema.js';
import type { ServiceContext } from '../service-context.js';
import { actorOf } from './actor.js';

const pack = promisify(gzip);

/** Cursor that LimaCharlie's clients send for the first page. */
const FIRST = '-';

const event = z.object({
  oid: z.string().nullable(),
  ts: z.string().describe('UTC: YYYY-MM-DD HH:MM:SS'),
  time: z.int().describe('Milliseconds since 1970'),
  etype: z.string(),
  msg: z.string(),
  ident: z.string(),
  origin: z.string(),
  entity: z.object({ name: z.string() }),
  mtd: z.record(z.string(), z.unknown()),
  component: z.string(),
  error: z.string(),
});

/**
 * Creates the route that lists an organization's audit in LimaCharlie's format, newest entry first. The entries are
 * compressed if the request asks for this.
 */
export function insightAuditRoute({ administration }: ServiceContext): Route {
  return defineRoute({
    method: 'GET',
    path: '/v1/insight/:oid/audit',
    summary: "Read the audit of an organization in LimaCharlie's form",
    needs: { kind: 'permissions', names: ['audit.get'] },
    params: z.object({ oid: uuid() }),
    fields: z.object({
      start: whole().optional().describe('Unix time in seconds'),
      end: whole().optional().describe('Unix time in seconds'),
      cursor: text().optional().describe('- or empty for the first page, then the next_cursor of the previous page'),
      limit: whole().optional().describe('Maximum number of events in a page, 1 to 1000'),
      event_type: text().optional(),
      sid: text().optional().describe('A sensor; there are none here'),
      is_compressed: flag().default(false).describe('Events as JSON, packed by gzip and then base64'),
    }),
    answer: z.object({ events: z.union([z.string(), z.array(event)]), next_cursor: z.string().nullable() }),
    async handle({ params: { oid }, fields, ...call }) {
      const { cursor, limit = MAX_PAGE } = fields;
      const place = cursor === undefined || cursor === '' || cursor === FIRST ? {} : { cursor };
      const page = await readAudit(administration, actorOf(call), { oid, limit: Math.min(limit, MAX_PAGE), ...place });
      if (!page.allowed) return explainIssues(page);
      const events = page.value.entries.filter((row) => isWanted(row, fields)).map(toEvent);
      const oldest = page.value.entries.at(-1)?.at ?? 0;
      const isOver = fields.start !== undefined && oldest < fields.start * 1000;
      return allow({
        events: fields.is_compressed ? (await pack(JSON.stringify(events))).toString('base64') : events,
        next_cursor: isOver ? null : (page.value.cursor ?? null),
      });
    },
  });
}

interface Wanted {
  readonly start?: number | undefined;
  readonly end?: number | undefined;
  readonly event_type?: string | undefined;
  readonly sid?: string | undefined;
}

function isWanted({ at, action }: AuditRow, { start = 0, end, event_type: type, sid }: Wanted): boolean {
  if (sid !== undefined || at < start * 1000) return false;
  return (end === undefined || at <= end * 1000 + 999) && (type === undefined || type === action);
}

function toEvent({ oid, at, action, target, actorName, address, outcome, details }: AuditRow): z.input<typeof event> {
  return {
    oid,
    ts: new Date(at).toISOString().slice(0, 19).replace('T', ' '),
    time: at,
    etype: action,
    msg: `${action} ${target}`,
    ident: actorName,
    origin: actorName,
    entity: { name: target },
    mtd: { ...details, action, source_ip: address ?? '' },
    component: 'flairgate',
    error: outcome === 'refused' ? outcome : '',
  };
}
