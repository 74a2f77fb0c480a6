import { allow } from '@flairgate/core';
import { z } from 'zod';
import { configOption, databaseOption, type PlainCommand } from '../../command.js';
import { chooseDatabase, openDatabase } from '../../database.js';
import { overview } from '../../help/overview.js';

const migrateInput = z.object({ database: z.string().optional() });

/**
 * Migrates the database, which happens when it is opened. A later `serve` then finds current tables and changes
 * nothing.
 */
export const migrate: PlainCommand = {
  kind: 'plain',
  words: ['migrate'],
  help: overview.migrate,
  options: [databaseOption, configOption],
  async run(options, settings, { note }) {
    const database = chooseDatabase(migrateInput.parse(options).database, settings);
    const store = await openDatabase(database, settings, note, 'any');
    await store.close();
    return allow({
      json: { migrated: true, database: database.kind },
      lines: ['The tables of the database are those of this version.'],
    });
  },
};
