import type { AuditEntry } from '@flairgate/client';
import { allow } from '@flairgate/core';
import { readAudit, readOrganization } from '@flairgate/core/administration';
import { z } from 'zod';
import { type Answer, administration } from '../../command.js';
import { operator } from '../../context.js';
import { neededOrganization } from '../../remote/remote-options.js';
import { listAnswer } from '../list-answer.js';
import { cursorOption, nextCursor, pageShape } from '../page.js';
import { auditToJson } from './audit-entry.js';
import { filterOptions, filterShape, toFilter, toRemoteFilter } from './audit-filter.js';

export const auditList = administration({
  words: ['audit', 'list'],
  help: 'List the audit of an organization, newest first, 1000 entries at a time.',
  options: [
    { flags: '--org <org>', help: 'organization; without it, entries of no organization' },
    ...filterOptions,
    { flags: '--limit <n>', help: 'largest number of entries (default: 1000)' },
    cursorOption,
  ],
  input: z.strictObject({ org: z.string().optional(), ...filterShape, ...pageShape }),
  async run(context, { org: oid = null, limit, cursor, ...given }) {
    if (oid !== null) {
      const organization = await readOrganization(context, operator, { oid });
      if (!organization.allowed) return organization;
    }
    const read = await readAudit(context, operator, { oid, ...toFilter(given), limit, cursor });
    if (!read.allowed) return read;
    const { entries, names } = read.value;
    return allow(
      auditAnswer(
        entries.map((row) => auditToJson(row, names)),
        nextCursor(read.value),
      ),
    );
  },
  async remote(client, { org, limit, cursor, ...given }) {
    const query = { ...toRemoteFilter(given), ...(limit === undefined ? {} : { limit }), ...(cursor && { cursor }) };
    const { events, next_cursor: next } = await client.audit.page(neededOrganization(org), query);
    return auditAnswer(events, next === undefined ? {} : { cursor: next });
  },
});

function auditAnswer(entries: readonly AuditEntry[], more: Readonly<Record<string, string>>): Answer {
  const columns = ['TIME', 'ACTOR', 'ACTION', 'TARGET', 'OUTCOME'];
  return listAnswer(entries, { columns, row: auditRow, empty: 'no entries', more });
}

function auditRow({ time, ident, action, target, outcome, details, names }: AuditEntry): readonly string[] {
  const shown = outcome === 'refused' ? String(details.code) : outcome;
  const named = names?.[target] === undefined ? target : `${target} (${names[target]})`;
  return [new Date(time * 1000).toISOString().replace('.000', ''), ident, action, named, shown];
}
