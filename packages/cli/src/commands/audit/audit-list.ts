import { allow } from '@flairgate/core';
import { readAudit, readOrganization } from '@flairgate/core/administration';
import type { AuditRow } from '@flairgate/core/store';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';
import { nextCursor, pageOptions, pageShape } from '../page.js';
import { auditToJson } from './audit-entry.js';
import { filterOptions, filterShape, toFilter } from './audit-filter.js';

export const auditList = administration({
  words: ['audit', 'list'],
  help: 'List the audit of an organization, newest first, 1,000 entries at a time.',
  options: [
    { flags: '--org <oid>', help: 'organization; without it, entries of no organization' },
    ...filterOptions,
    ...pageOptions,
  ],
  input: z.object({ org: z.string().optional(), ...filterShape, ...pageShape }),
  async run(context, { org: oid = null, limit, cursor, ...given }) {
    if (oid !== null) {
      const organization = await readOrganization(context, operator, { oid });
      if (!organization.allowed) return organization;
    }
    const read = await readAudit(context, operator, { oid, ...toFilter(given), limit, cursor });
    if (!read.allowed) return read;
    const { entries } = read.value;
    return allow({
      json: { items: entries.map(auditToJson), ...nextCursor(read.value) },
      lines: [],
      table: {
        columns: ['TIME', 'ACTOR', 'ACTION', 'TARGET', 'OUTCOME'],
        rows: entries.map(rowOf),
        empty: 'no entries',
      },
    });
  },
});

function rowOf({ at, actorName, action, target, outcome, details }: AuditRow): readonly string[] {
  return [
    new Date(at).toISOString(),
    actorName,
    action,
    target,
    outcome === 'refused' ? String(details.code) : outcome,
  ];
}
