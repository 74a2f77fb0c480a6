import type { AuditEntry, AuditFilter } from '@flairgate/client';
import { Problem } from '../parts/problem.tsx';
import { saveFile } from '../parts/save-file.ts';
import { useCommand } from '../parts/use-command.ts';
import { usePlace } from '../session/place.tsx';

const COLUMNS = ['id', 'time', 'ident', 'actor', 'action', 'target', 'address', 'outcome', 'details'] as const;

/** Maximum number of entries in one file. Limited because the file is built in memory. */
const MOST = 100_000;

/** Shows buttons that save the filtered entries as CSV or JSON lines. */
export function ExportButtons({ filter }: { readonly filter: AuditFilter }) {
  const { oid, client } = usePlace();
  const save = useCommand({
    async run(format: 'csv' | 'jsonl') {
      const entries: AuditEntry[] = [];
      for await (const entry of client.audit.entries(oid, { ...filter, limit: 1000 })) {
        entries.push(entry);
        if (entries.length === MOST) break;
      }
      const text =
        format === 'csv' ? await toCsv(entries) : entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
      saveFile(`audit.${format}`, text, format === 'csv' ? 'text/csv' : 'application/jsonl');
    },
    changes: [],
    said: 'The file is saved',
  });
  return (
    <div className="buttons start">
      <button type="button" className="button small" disabled={save.isPending} onClick={() => save.mutate('csv')}>
        Export as CSV
      </button>
      <button type="button" className="button small" disabled={save.isPending} onClick={() => save.mutate('jsonl')}>
        Export as JSON lines
      </button>
      {save.error !== null && <Problem error={save.error} />}
    </div>
  );
}

/**
 * Converts entries to CSV. Loads the library on demand. Escapes formulas, because callers choose names that a
 * spreadsheet could run.
 */
async function toCsv(entries: readonly AuditEntry[]): Promise<string> {
  const { stringify } = await import('csv-stringify/browser/esm/sync');
  const records = entries.map(({ time, details, ...rest }) => ({
    ...rest,
    time: new Date(time * 1000).toISOString(),
    details: JSON.stringify(details),
  }));
  return stringify(records, { header: true, columns: [...COLUMNS], escape_formulas: true });
}
