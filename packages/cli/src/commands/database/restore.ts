import { statSync } from 'node:fs';
import { allow, OptionError, parseMasterKey } from '@flairgate/core';
import {
  type Backup,
  confirmRestore,
  openBackup,
  type Restored,
  restore as restoreRows,
} from '@flairgate/core/administration';
import { DEFAULT_HASH_SETTING } from '@flairgate/core/calibrate';
import type { Store } from '@flairgate/core/store';
import { z } from 'zod';
import { readLines } from '../../backup-file.js';
import { type Answer, configOption, databaseOption, type ProcessIo, plain } from '../../command.js';
import type { Settings } from '../../configuration/settings.js';
import { createContext, operator } from '../../context.js';
import { chooseDatabase, type Database, openDatabase } from '../../database.js';
import { overview } from '../../help/overview.js';
import { findMasterKey, MASTER_KEY_VARIABLE } from '../../master-key.js';

const restoreInput = z
  .strictObject({
    from: z.string().min(1, 'name a file').optional(),
    replace: z.boolean().default(false),
    confirm: z.boolean().default(false),
    yes: z.boolean().default(false),
    database: z.string().optional(),
    config: z.string().optional(),
  })
  .refine(({ from, confirm }) => (from !== undefined) !== confirm, {
    message: 'give exactly one of --from and --confirm',
  })
  .refine(({ replace, yes, confirm }) => !confirm || !(replace || yes), {
    message: '--replace and --yes go with --from',
  });

const CONFIRM = 'flairgate restore --confirm';

export const restore = plain({
  words: ['restore'],
  help: overview.restore,
  options: [
    { flags: '--from <file>', help: 'file that `flairgate backup` created, of either database' },
    { flags: '--replace', help: 'replace the rows of the database instead of merging; suspends every key' },
    { flags: '--yes', help: 'restore over a database that is in use, without a question' },
    { flags: '--confirm', help: 'accept keys again after a restore that suspended them' },
    databaseOption,
    configOption,
  ],
  input: restoreInput,
  async run({ from, replace, yes, database: named }, settings, io) {
    const { note } = io;
    const database = chooseDatabase(named, settings);
    // The whole backup is checked before the database is opened, because opening creates a missing database.
    const backup = from === undefined ? undefined : await openBackupFile(from, { database, settings, io });
    const store = await openDatabase(database, settings, note, 'any');
    try {
      const context = await createContext(store, { keyHash: DEFAULT_HASH_SETTING });
      if (backup !== undefined) {
        if (!yes) await askFirst(store, replace, io);
        return allow(restoredToAnswer(await restoreRows(context, backup, { replace, operator: operator.name })));
      }
      const confirmed = await confirmRestore(context, operator.name);
      if (!confirmed.allowed) return confirmed;
      return allow({ json: { confirmed: true }, lines: ['Keys are accepted again. Tokens must be exchanged again.'] });
    } finally {
      await store.close();
    }
  },
});

/**
 * Prints how many organizations and keys the database has and what the restore will do to them. Then asks for
 * confirmation at the terminal. Returns at once if the database has neither organizations nor keys.
 *
 * @throws OptionError if the restore is not confirmed.
 */
async function askFirst(store: Store, replace: boolean, { note, ask }: ProcessIo): Promise<void> {
  const [organizations, keys] = await store.read(async (tx) => [
    (await tx.find('organization', {}, { limit: MAX_ROWS_COUNTED })).length,
    (await tx.find('key', { revokedAt: null }, { limit: MAX_ROWS_COUNTED })).length,
  ]);
  if (organizations + keys === 0) return;
  const effect = replace
    ? 'All of it is replaced, and every key is suspended'
    : 'What was granted since the backup is removed';
  note(
    `Organizations in the database: ${counted(organizations)}, keys: ${counted(keys)}. ${effect}, and every token is revoked.`,
  );
  if (!(await ask?.('Restore over it?'))) throw new OptionError('restore: nothing was restored; confirm it with --yes');
}

const MAX_ROWS_COUNTED = 1000;

function counted(count: number): string {
  return count === MAX_ROWS_COUNTED ? `${count} or more` : String(count);
}

interface BackupPlace {
  readonly database: Database;
  readonly settings: Settings;
  readonly io: ProcessIo;
}

async function openBackupFile(from: string, { database, settings, io }: BackupPlace): Promise<Backup> {
  const { file, text } = await findMasterKey(database, settings);
  try {
    return await openBackup(() => readWithProgress(from, io), parseMasterKey(text));
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    const place = `${file ?? MASTER_KEY_VARIABLE}:`;
    const message = error.message.replace(/^masterKey:/, place);
    const isNamed = message.startsWith(place) || message.startsWith(from);
    throw new OptionError(isNamed ? message : `${from}: ${message}`, { cause: error });
  }
}

/** Yields the lines of a file and shows the reading progress. */
async function* readWithProgress(from: string, { progress }: ProcessIo): AsyncGenerator<string> {
  const size = statSync(from, { throwIfNoEntry: false })?.size;
  const bar = size === undefined ? undefined : progress?.('bytes read', size);
  let done = 0;
  try {
    for await (const line of readLines(from)) {
      yield line;
      done += Buffer.byteLength(line) + 1;
      bar?.update(done);
    }
  } finally {
    bar?.close();
  }
}

function restoredToAnswer(restored: Restored): Answer {
  if (restored.kind === 'replaced') {
    return {
      json: { kind: restored.kind, rows: restored.rows, suspended: true },
      lines: [
        `The database holds the ${restored.rows} rows of the backup, and every key is suspended.`,
        `Keys that were revoked since may be among them: revoke those again, then: ${CONFIRM}`,
      ],
    };
  }
  const { removed, narrowed, keysWithoutSecret } = restored;
  return {
    json: { kind: restored.kind, removed, narrowed, keys_without_secret: keysWithoutSecret, suspended: false },
    lines: [
      `What was granted since the backup is removed (${removed} rows removed, ${narrowed} narrowed); what was revoked stays revoked.`,
      ...(keysWithoutSecret === 0
        ? []
        : [`${keysWithoutSecret} keys were rotated since and have no secret left: rotate them.`]),
      'Every token is revoked and must be exchanged again.',
    ],
  };
}
