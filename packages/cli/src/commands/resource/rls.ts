import { rowLevelSecurity } from '@flairgate/core/rls';
import { z } from 'zod';
import type { ServiceCommand } from '../../command.js';
import { overview } from '../../help/overview.js';

const rlsInput = z.strictObject({
  table: z.string(),
  role: z.string(),
  content: z.array(z.string()).min(1),
  field: z.array(z.string()).default([]),
  idColumn: z.string().optional(),
  json: z.boolean().optional(),
});

/**
 * Prints SQL that sets up row-level security for a table. The command opens no database. The owner of the table runs
 * the SQL.
 */
export const rls: ServiceCommand = {
  kind: 'service',
  words: ['rls'],
  help: overview.rls,
  options: [
    { flags: '--table <name>', help: 'table, with or without its schema', required: true },
    {
      flags: '--role <name>',
      help: 'role the service connects as: not a superuser and not an owner',
      required: true,
    },
    { flags: '--content <column...>', help: 'columns whose content is withheld if the row is secret', required: true },
    { flags: '--field <column...>', help: 'other columns the service uses, except the id and ownership' },
    { flags: '--id-column <column>', help: 'column of the id (default: id)' },
  ],
  input: rlsInput,
  async run(options, _settings, { out }) {
    const { table, role, content, field: fields, idColumn, json } = rlsInput.parse(options);
    const columns = idColumn === undefined ? {} : { columns: { id: idColumn } };
    const sql = rowLevelSecurity({ table, role, content, fields, ...columns });
    out(json ? JSON.stringify({ sql }) : scriptOf(sql));
  },
};

/**
 * Wraps the SQL in one transaction and makes psql stop at the first error, so that the script is applied completely or
 * not at all.
 */
function scriptOf(sql: string): string {
  return ['\\set ON_ERROR_STOP on', 'begin;', sql.trimEnd(), 'commit;'].join('\n\n');
}
