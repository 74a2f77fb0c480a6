import { allow } from '@flairgate/core';
import { backUp } from '@flairgate/core/administration';
import { z } from 'zod';
import { writeLines } from '../../backup-file.js';
import { configOption, databaseOption, type PlainCommand } from '../../command.js';
import { chooseDatabase, openDatabase } from '../../database.js';

const backupInput = z.object({ to: z.string().min(1, 'name a file'), database: z.string().optional() });

export const backup: PlainCommand = {
  kind: 'plain',
  words: ['backup'],
  help: 'Write a snapshot of the database to a file, without the master key. The service can keep running.',
  options: [
    { flags: '--to <file>', help: 'file to create, readable only by you', required: true },
    databaseOption,
    configOption,
  ],
  async run(options, settings, { note }) {
    const { to, database } = backupInput.parse(options);
    const store = await openDatabase(chooseDatabase(database, settings), settings, note);
    try {
      const { rows, revision } = await writeLines(to, (write) => backUp(store, Date.now(), write));
      return allow({
        json: { file: to, rows, revision },
        lines: [
          `${to} holds ${rows} rows. Keep it as safe as the database.`,
          'The master key is not in it: keep a copy of that elsewhere, without it nothing can be restored.',
        ],
      });
    } finally {
      await store.close();
    }
  },
};
