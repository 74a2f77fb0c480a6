import { allow } from '@flairgate/core';
import { type BackupSummary, backUp } from '@flairgate/core/administration';
import type { Store } from '@flairgate/core/store';
import { z } from 'zod';
import { writeLines } from '../../backup-file.js';
import { configOption, databaseOption, type Progress, plain } from '../../command.js';
import { chooseDatabase, openDatabase } from '../../database.js';
import { overview } from '../../help/overview.js';

const backupInput = z.strictObject({
  to: z.string().min(1, 'name a file'),
  database: z.string().optional(),
  config: z.string().optional(),
});

export const backup = plain({
  words: ['backup'],
  help: overview.backup,
  options: [
    { flags: '--to <file>', help: 'file to create, readable only by you', required: true },
    databaseOption,
    configOption,
  ],
  input: backupInput,
  async run({ to, database }, settings, { note, progress }) {
    const store = await openDatabase(chooseDatabase(database, settings), settings, note);
    try {
      const { rows, revision } = await writeLines(to, (write) => backUpTo(store, write, progress?.('rows written')));
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
});

async function backUpTo(
  store: Store,
  write: (line: string) => Promise<void>,
  bar: Progress | undefined,
): Promise<BackupSummary> {
  let lines = 0;
  try {
    return await backUp(store, Date.now(), async (line) => {
      await write(line);
      lines += 1;
      bar?.update(lines);
    });
  } finally {
    bar?.close();
  }
}
