import { AUDIT_COLUMNS, type AuditEntry, type AuditFilter, auditToRecord } from '@flairgate/client';
import { useState } from 'react';
import { Problem } from '../parts/problem.tsx';
import { saveFile } from '../parts/save-file.ts';
import { useCommand } from '../parts/use-command.ts';
import { usePlace } from '../session/place.tsx';

/** Maximum number of entries in one file. The number is limited because the file is built in memory. */
const MOST = 100_000;

/** Shows buttons that save the filtered entries as CSV or JSON lines. */
export function ExportButtons({ filter }: { readonly filter: AuditFilter }) {
  const { oid, client } = usePlace();
  const [cutBy, setCutBy] = useState<AuditFilter>();
  const save = useCommand({
    async run(format: 'csv' | 'jsonl') {
      const entries: AuditEntry[] = [];
      setCutBy(undefined);
      for await (const entry of client.audit.entries(oid, { ...filter, limit: 1000 })) {
        if (entries.length === MOST) {
          setCutBy(filter);
          break;
        }
        entries.push(entry);
      }
      const text =
        format === 'csv' ? await toCsv(entries) : entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
      saveFile(`audit.${format}`, text, format === 'csv' ? 'text/csv' : 'application/jsonl');
    },
    changes: [],
    said: 'The file is saved',
  });
  return (
    <>
      <div className="buttons start">
        <button type="button" className="button small" disabled={save.isPending} onClick={() => save.mutate('csv')}>
          Export as CSV
        </button>
        <button type="button" className="button small" disabled={save.isPending} onClick={() => save.mutate('jsonl')}>
          Export as JSON lines
        </button>
      </div>
      {cutBy === filter && (
        <p className="notice warn" role="status">
          The file has only the newest {MOST.toLocaleString()} entries. Narrow the filter for the others, or use{' '}
          <code>flairgate audit export</code>.
        </p>
      )}
      {save.error !== null && <Problem error={save.error} />}
    </>
  );
}

/**
 * Converts entries to CSV. The CSV library is loaded at the first use. Text that a spreadsheet would run as a formula
 * is escaped, because entries contain names that callers chose.
 */
async function toCsv(entries: readonly AuditEntry[]): Promise<string> {
  const { stringify } = await import('csv-stringify/browser/esm/sync');
  return stringify(entries.map(auditToRecord), { header: true, columns: [...AUDIT_COLUMNS], escape_formulas: true });
}
