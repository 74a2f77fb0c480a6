import { allow } from '@flairgate/core';
import { readAudit } from '@flairgate/core/administration';
import type { AuditRow } from '@flairgate/core/store';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';
import { nextCursor, pageOptions, pageShape } from '../page.js';

export const auditList = administration({
  words: ['audit', 'list'],
  help: 'List the audit of an organization, newest first, 1,000 entries at a time.',
  options: [{ flags: '--org <oid>', help: 'organization; without it, entries of no organization' }, ...pageOptions],
  input: z.object({ org: z.string().optional(), ...pageShape }),
  async run(context, { org: oid = null, ...page }) {
    const read = await readAudit(context, operator, { oid, ...page });
    if (!read.allowed) return read;
    const { entries } = read.value;
    return allow({
      json: { events: entries.map(eventOf), ...nextCursor(read.value) },
      lines: entries.length === 0 ? ['nothing was done'] : entries.map(lineOf),
    });
  },
});

function eventOf({ id, at, actorName: ident, actor, action, target, address, outcome, details }: AuditRow) {
  return { id, time: Math.floor(at / 1000), ident, actor, action, target, address, outcome, details };
}

function lineOf({ at, actorName, action, target, outcome, details }: AuditRow): string {
  const end = outcome === 'refused' ? `  ${details.code}` : outcome === 'done' ? '' : `  ${outcome}`;
  return `${new Date(at).toISOString()}  ${actorName}  ${action}  ${target}${end}`;
}
