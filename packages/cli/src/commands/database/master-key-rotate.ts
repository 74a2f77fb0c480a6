import { randomBytes } from 'node:crypto';
import { allow, OptionError, parseMasterKey } from '@flairgate/core';
import { finishRewrap, rewrapMaterial, type Store } from '@flairgate/core/store';
import { z } from 'zod';
import { type Answer, configOption, databaseOption, plain } from '../../command.js';
import { chooseDatabase, openDatabase } from '../../database.js';
import { findMasterKey, MASTER_KEY_VARIABLE, type MasterKeyPlace } from '../../master-key.js';

const FINISH = 'flairgate master-key rotate --finish';

const masterKeyRotateInput = z
  .strictObject({
    newKeyFile: z.string().min(1, 'name a file').optional(),
    finish: z.boolean().default(false),
    database: z.string().optional(),
    config: z.string().optional(),
  })
  .refine(({ newKeyFile, finish }) => newKeyFile === undefined || !finish, {
    message: '--finish takes no --new-key-file: it goes by the master key in force',
  });

export const masterKeyRotate = plain({
  words: ['master-key', 'rotate'],
  help: 'Add a new master key to the database; --finish removes the old one.',
  options: [
    {
      flags: '--new-key-file <file>',
      help: `file of the new key, created if missing; required with ${MASTER_KEY_VARIABLE}`,
    },
    { flags: '--finish', help: 'remove every master key except the current one' },
    databaseOption,
    configOption,
  ],
  input: masterKeyRotateInput,
  async run({ newKeyFile, finish, database: named }, settings, { note }) {
    const database = chooseDatabase(named, settings);
    const store = await openDatabase(database, settings, note);
    try {
      const place = await findMasterKey(database, settings);
      return allow(finish ? await finishRotation(store, place) : await rotate(store, place, newKeyFile));
    } finally {
      await store.close();
    }
  },
});

/**
 * Encrypts the data key of the database with the old master key and with the new one. Only then stores the new master
 * key in the key file next to the database, if there is such a file. After a crash between these two steps, the key
 * file still contains the old master key, which opens the database.
 */
async function rotate(store: Store, { file, text }: MasterKeyPlace, newKeyFile: string | undefined): Promise<Answer> {
  if (file === undefined && newKeyFile === undefined) {
    throw new OptionError(`--new-key-file: name the file of the new key; the old one stands in ${MASTER_KEY_VARIABLE}`);
  }
  const next = newKeyFile === undefined ? randomBytes(32).toString('base64url') : await readNewKey(newKeyFile);
  await rewrapMaterial(store, parseMasterKey(text), parseMasterKey(next));
  const { replaceMasterKey } = await import('@flairgate/stores/sqlite');
  if (file !== undefined) await replaceMasterKey(file, next);
  const place = file ?? newKeyFile ?? '';
  return {
    json: { finished: false, key_file: place },
    lines:
      file === undefined
        ? [
            `The database opens with the old master key and with the one in ${place}.`,
            `Set ${MASTER_KEY_VARIABLE} to that one for every process, keep a copy, then: ${FINISH}`,
          ]
        : [
            `${place} holds the new master key. Keep a copy of it: without it every key is lost.`,
            `The old one opens the database too, until: ${FINISH}`,
          ],
  };
}

async function readNewKey(file: string): Promise<string> {
  const { createMasterKey, readMasterKey } = await import('@flairgate/stores/sqlite');
  const text = (await readMasterKey(file)) ?? (await createMasterKey(file));
  try {
    parseMasterKey(text);
    return text;
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new OptionError(error.message.replace(/^masterKey:/, `--new-key-file: ${file}:`), { cause: error });
  }
}

async function finishRotation(store: Store, { file, text }: MasterKeyPlace): Promise<Answer> {
  try {
    await finishRewrap(store, parseMasterKey(text));
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new OptionError(error.message.replace(/^masterKey:/, `${file ?? MASTER_KEY_VARIABLE}:`), { cause: error });
  }
  return { json: { finished: true }, lines: ['The database opens with the master key in force alone.'] };
}
