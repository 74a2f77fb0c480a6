import { randomBytes } from 'node:crypto';
import { allow, finishRewrap, OptionError, parseMasterKey, rewrapMaterial, type Store } from '@flairgate/core';
import { z } from 'zod';
import { type Answer, databaseOption, type PlainCommand } from '../command.js';
import { chooseDatabase, type Database, openDatabase } from '../database.js';
import type { Environment } from '../environment.js';

const VARIABLE = 'FLAIRGATE_MASTER_KEY';
const FINISH = 'flairgate master-key rotate --finish';

const input = z
  .object({
    newKeyFile: z.string().min(1, 'name a file').optional(),
    finish: z.boolean().default(false),
    database: z.string().optional(),
  })
  .refine(({ newKeyFile, finish }) => newKeyFile === undefined || !finish, {
    message: '--finish takes no --new-key-file: it goes by the master key in force',
  });

/** Where processes find the master key when they start, and what it is now. */
interface Place {
  /** The file beside the embedded database; undefined where it is the variable. */
  readonly file: string | undefined;
  readonly text: string;
}

export const masterKeyRotate: PlainCommand = {
  kind: 'plain',
  words: ['master-key', 'rotate'],
  help: 'Puts the database under a new master key beside the old one; --finish drops the old one.',
  options: [
    { flags: '--new-key-file <file>', help: `the new key, made where there is none; needed with ${VARIABLE}` },
    { flags: '--finish', help: 'drops every master key but the one in force' },
    databaseOption,
  ],
  async run(options, environment, { note }) {
    const { newKeyFile, finish, database: named } = input.parse(options);
    const database = chooseDatabase(named, environment);
    const store = await openDatabase(database, environment, note);
    try {
      const place = await findPlace(database, environment);
      return allow(finish ? await finishRotation(store, place) : await rotate(store, place, newKeyFile));
    } finally {
      await store.close();
    }
  },
};

async function findPlace(database: Database, environment: Environment): Promise<Place> {
  const text = environment[VARIABLE];
  if (text !== undefined) return { file: undefined, text };
  const file = database.kind === 'sqlite' ? `${database.file}.master-key` : undefined;
  const { readMasterKey } = await import('@flairgate/stores/sqlite');
  const found = file === undefined ? undefined : await readMasterKey(file);
  if (found === undefined) throw new OptionError(`${VARIABLE}: write the master key in force`);
  return { file, text: found };
}

/** The database has the second wrapping before anybody is told of the new key: whatever is read opens it. */
async function rotate(store: Store, { file, text }: Place, newKeyFile: string | undefined): Promise<Answer> {
  if (file === undefined && newKeyFile === undefined) {
    throw new OptionError(`--new-key-file: name the file of the new key; the old one stands in ${VARIABLE}`);
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
            `Set ${VARIABLE} to that one for every process, keep a copy, then: ${FINISH}`,
          ]
        : [
            `${place} holds the new master key. Keep a copy of it: without it every key is lost.`,
            `The old one opens the database too, until: ${FINISH}`,
          ],
  };
}

async function readNewKey(file: string): Promise<string> {
  const { makeMasterKey, readMasterKey } = await import('@flairgate/stores/sqlite');
  const text = (await readMasterKey(file)) ?? (await makeMasterKey(file));
  try {
    parseMasterKey(text);
    return text;
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new OptionError(error.message.replace(/^masterKey:/, `--new-key-file: ${file}:`), { cause: error });
  }
}

async function finishRotation(store: Store, { file, text }: Place): Promise<Answer> {
  try {
    await finishRewrap(store, parseMasterKey(text));
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new OptionError(error.message.replace(/^masterKey:/, `${file ?? VARIABLE}:`), { cause: error });
  }
  return { json: { finished: true }, lines: ['The database opens with the master key in force alone.'] };
}
