import { allow, OptionError } from '@flairgate/core';
import { z } from 'zod';
import { configOption, databaseOption, type PlainCommand } from '../../command.js';
import { readConfiguration } from '../../configuration.js';
import { chooseDatabase } from '../../database.js';
import { examineDatabase } from '../../doctor/examine-database.js';
import { examineTable } from '../../doctor/examine-table.js';

const input = z
  .object({
    database: z.string().optional(),
    config: z.string().optional(),
    table: z.string().optional(),
    role: z.string().optional(),
    content: z.array(z.string()).min(1).optional(),
    idColumn: z.string().optional(),
  })
  .refine(({ table, content }) => (table === undefined) === (content === undefined), {
    message: '--table and --content go together',
  })
  .refine(({ table, role, idColumn }) => table !== undefined || (role === undefined && idColumn === undefined), {
    message: '--role and --id-column need --table',
  });

/** Checks the database and changes nothing. */
export const doctor: PlainCommand = {
  kind: 'plain',
  words: ['doctor'],
  help: 'Check the database, or the row-level security of a table, without changes.',
  options: [
    { flags: '--table <name>', help: 'check the row-level security of this table instead' },
    { flags: '--role <name>', help: 'role the service connects as (default: the role of this connection)' },
    { flags: '--content <column...>', help: 'columns that are withheld for secret' },
    { flags: '--id-column <column>', help: 'column of the id (default id)' },
    databaseOption,
    configOption,
  ],
  async run(options, environment, { note }) {
    const { database: named, config, table, role, content = [], idColumn } = input.parse(options);
    readConfiguration(config ?? environment.FLAIRGATE_CONFIG, note);
    const database = chooseDatabase(named, environment);
    if (table !== undefined && database.kind !== 'postgres') {
      throw new OptionError("--table: row-level security is PostgreSQL's; give its database as postgres://...");
    }
    const findings =
      table !== undefined && database.kind === 'postgres'
        ? await examineTable(database.url, { table, role, content, idColumn })
        : await examineDatabase(database, environment, Date.now());
    const lines = findings.map(({ check, text }) => `${check}: ${text}`);
    return allow({
      json: { findings },
      lines: lines.length > 0 ? lines : ['Nothing is wrong.'],
      ...(findings.length > 0 ? { exit: 1 as const } : {}),
    });
  },
};
