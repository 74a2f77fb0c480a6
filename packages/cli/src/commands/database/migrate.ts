import { allow } from '@flairgate/core';
import { z } from 'zod';
import { configOption, databaseOption, plain } from '../../command.js';
import { chooseDatabase, openDatabase } from '../../database.js';
import { overview } from '../../help/overview.js';

const migrateInput = z.strictObject({ database: z.string().optional(), config: z.string().optional() });

/**
 * Opens the database. Opening creates missing tables and updates old tables to this version. When `serve` later opens
 * the database, the tables are already of this version and nothing is changed.
 */
export const migrate = plain({
  words: ['migrate'],
  help: overview.migrate,
  options: [databaseOption, configOption],
  input: migrateInput,
  async run({ database: named }, settings, { note }) {
    const database = chooseDatabase(named, settings);
    const store = await openDatabase(database, settings, note, 'any');
    await store.close();
    return allow({
      json: { migrated: true, database: database.kind },
      lines: ['The tables of the database are those of this version.'],
    });
  },
});
