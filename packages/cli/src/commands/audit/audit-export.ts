import { AUDIT_COLUMNS, type AuditEntry, auditToRecord } from '@flairgate/client';
import { allow, DeniedError } from '@flairgate/core';
import { MAX_PAGE, readAudit, readOrganization } from '@flairgate/core/administration';
import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import { writeLines } from '../../backup-file.js';
import { type Answer, administration } from '../../command.js';
import { operator } from '../../context.js';
import { auditToJson } from './audit-entry.js';
import { filterOptions, filterShape, toFilter, toRemoteFilter } from './audit-filter.js';

export const auditExport = administration({
  words: ['audit', 'export'],
  help: 'Write the audit of an organization to a file, newest first, as CSV or as lines of JSON.',
  options: [
    { flags: '--org <org>', help: 'organization: its id, or its name if only one has it', required: true },
    { flags: '--to <file>', help: 'file to create, readable only by you', required: true },
    {
      flags: '--format <format>',
      help: 'csv, or jsonl for one JSON object a line (default: jsonl)',
      choices: ['csv', 'jsonl'],
    },
    ...filterOptions,
  ],
  input: z.strictObject({
    org: z.string(),
    to: z.string().min(1, 'name a file'),
    format: z.enum(['csv', 'jsonl']).default('jsonl'),
    ...filterShape,
  }),
  async run(context, { org: oid, to: file, format, ...given }) {
    const organization = await readOrganization(context, operator, { oid });
    if (!organization.allowed) return organization;
    async function* entriesOf() {
      let cursor: string | undefined;
      do {
        const page = await readAudit(context, operator, { oid, ...toFilter(given), limit: MAX_PAGE, cursor });
        if (!page.allowed) throw new DeniedError(page);
        const { entries, names } = page.value;
        yield* entries.map((row) => auditToJson(row, names));
        cursor = page.value.cursor;
      } while (cursor !== undefined);
    }
    return allow(await exportTo(file, format, entriesOf()));
  },
  async remote(client, { org: oid, to: file, format, ...given }) {
    return exportTo(file, format, client.audit.entries(oid, { ...toRemoteFilter(given), limit: MAX_PAGE }));
  },
});

async function exportTo(file: string, format: 'csv' | 'jsonl', all: AsyncIterable<AuditEntry>): Promise<Answer> {
  const lineOf = format === 'csv' ? csvLine : JSON.stringify;
  const entries = await writeLines(file, async (write) => {
    if (format === 'csv') await write(AUDIT_COLUMNS.join(','));
    let count = 0;
    for await (const entry of all) {
      await write(lineOf(entry));
      count += 1;
    }
    return count;
  });
  return { json: { file, format, entries }, lines: [`${file} holds ${entries} entries.`] };
}

/**
 * Returns an audit entry as a CSV line. Callers choose names, so a value may look like a formula. Such a value is
 * escaped, because a spreadsheet would otherwise run the formula.
 */
function csvLine(entry: AuditEntry): string {
  const columns = [...AUDIT_COLUMNS];
  return stringify([auditToRecord(entry)], { columns, escape_formulas: true, quoted_match: /[\r\n]/ }).trimEnd();
}
