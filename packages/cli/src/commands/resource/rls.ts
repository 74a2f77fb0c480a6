import { rowLevelSecurity } from '@flairgate/core/rls';
import { z } from 'zod';
import type { ServiceCommand } from '../../command.js';

const input = z.object({
  table: z.string(),
  role: z.string(),
  content: z.array(z.string()).min(1),
  field: z.array(z.string()).default([]),
  idColumn: z.string().optional(),
  json: z.boolean().optional(),
});

/** Needs no database: what it prints is run by whoever owns the table. */
export const rls: ServiceCommand = {
  kind: 'service',
  words: ['rls'],
  help: 'Prints SQL that has PostgreSQL keep the rules of a table; run it as the owner of the table.',
  options: [
    { flags: '--table <name>', help: 'the table, with or without its schema', required: true },
    {
      flags: '--role <name>',
      help: 'the role the service connects as: no superuser, owner of nothing',
      required: true,
    },
    { flags: '--content <column...>', help: 'columns that secret withholds', required: true },
    { flags: '--field <column...>', help: 'every other column the service uses, but the id and ownership' },
    { flags: '--id-column <column>', help: 'column of the id; default id' },
  ],
  async run(options, _environment, { out }) {
    const { table, role, content, field: fields, idColumn, json } = input.parse(options);
    const columns = idColumn === undefined ? {} : { columns: { id: idColumn } };
    const sql = rowLevelSecurity({ table, role, content, fields, ...columns });
    out(json ? JSON.stringify({ sql }) : scriptOf(sql));
  },
};

/** All of it or nothing: psql goes on after an error unless it is told otherwise. */
function scriptOf(sql: string): string {
  return ['\\set ON_ERROR_STOP on', 'begin;', sql.trimEnd(), 'commit;'].join('\n\n');
}
