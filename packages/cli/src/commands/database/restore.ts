import { allow, OptionError, parseMasterKey } from '@flairgate/core';
import {
  type Backup,
  confirmRestore,
  openBackup,
  type Restored,
  restore as restoreRows,
} from '@flairgate/core/administration';
import { DEFAULT_HASH_SETTING } from '@flairgate/core/calibrate';
import { z } from 'zod';
import { readLines } from '../../backup-file.js';
import { type Answer, databaseOption, type PlainCommand } from '../../command.js';
import { createContext, operator } from '../../context.js';
import { chooseDatabase, type Database, openDatabase } from '../../database.js';
import type { Environment } from '../../environment.js';
import { findMasterKey, MASTER_KEY_VARIABLE } from '../../master-key.js';

const input = z
  .object({
    from: z.string().min(1, 'name a file').optional(),
    replace: z.boolean().default(false),
    confirm: z.boolean().default(false),
    database: z.string().optional(),
  })
  .refine(({ from, confirm }) => (from !== undefined) !== confirm, {
    message: 'give exactly one of --from and --confirm',
  })
  .refine(({ replace, confirm }) => !replace || !confirm, { message: '--replace goes with --from' });

const CONFIRM = 'flairgate restore --confirm';

export const restore: PlainCommand = {
  kind: 'plain',
  words: ['restore'],
  help: 'Restore a backup. If the database can be read, later revocations are kept.',
  options: [
    { flags: '--from <file>', help: 'file that `flairgate backup` created, of either database' },
    { flags: '--replace', help: 'replace the rows of the database instead of merging; suspends every key' },
    { flags: '--confirm', help: 'accept keys again after a restore that suspended them' },
    databaseOption,
  ],
  async run(options, environment, { note }) {
    const { from, replace, database: named } = input.parse(options);
    const database = chooseDatabase(named, environment);
    // Checked whole before the database is opened: that alone would make one where there is none.
    const backup = from === undefined ? undefined : await open(from, database, environment);
    const store = await openDatabase(database, environment, note);
    try {
      const context = await createContext(store, { keyHash: DEFAULT_HASH_SETTING });
      if (backup !== undefined) {
        return allow(answerOf(await restoreRows(context, backup, { replace, operator: operator.name })));
      }
      const confirmed = await confirmRestore(context, operator.name);
      if (!confirmed.allowed) return confirmed;
      return allow({ json: { confirmed: true }, lines: ['Keys are accepted again. Tokens must be exchanged again.'] });
    } finally {
      await store.close();
    }
  },
};

async function open(from: string, database: Database, environment: Environment): Promise<Backup> {
  const { file, text } = await findMasterKey(database, environment);
  try {
    return await openBackup(() => readLines(from), parseMasterKey(text));
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    const place = `${file ?? MASTER_KEY_VARIABLE}:`;
    const message = error.message.replace(/^masterKey:/, place);
    const isNamed = message.startsWith(place) || message.startsWith(from);
    throw new OptionError(isNamed ? message : `${from}: ${message}`, { cause: error });
  }
}

function answerOf(restored: Restored): Answer {
  if (restored.kind === 'replaced') {
    return {
      json: { kind: restored.kind, rows: restored.rows, suspended: true },
      lines: [
        `The database holds the ${restored.rows} rows of the backup, and every key is suspended.`,
        `Keys that were ended since may be among them: end those again, then: ${CONFIRM}`,
      ],
    };
  }
  const { removed, narrowed, keysWithoutSecret } = restored;
  return {
    json: { kind: restored.kind, removed, narrowed, keys_without_secret: keysWithoutSecret, suspended: false },
    lines: [
      `What was given since the backup is gone (${removed} rows removed, ${narrowed} narrowed); what was ended stays ended.`,
      ...(keysWithoutSecret === 0
        ? []
        : [`${keysWithoutSecret} keys were rotated since and have no secret left: rotate them.`]),
      'Every token is revoked and must be exchanged again.',
    ],
  };
}
