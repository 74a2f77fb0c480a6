import { OptionError } from '@flairgate/core';
import type { Settings } from './configuration/settings.js';
import type { Database } from './database.js';

export const MASTER_KEY_VARIABLE = 'FLAIRGATE_MASTER_KEY';

/** The master key and the place from which processes read it. */
export interface MasterKeyPlace {
  /** File with the key, next to the embedded database. Undefined if the key comes from the environment variable. */
  readonly file: string | undefined;
  readonly text: string;
}

/** Returns the master key. Never creates one. @throws OptionError if there is none. */
export async function findMasterKey(database: Database, settings: Settings): Promise<MasterKeyPlace> {
  const text = settings[MASTER_KEY_VARIABLE];
  if (text !== undefined) return { file: undefined, text };
  const file = database.kind === 'sqlite' ? `${database.file}.master-key` : undefined;
  const { readMasterKey } = await import('@flairgate/stores/sqlite');
  const found = file === undefined ? undefined : await readMasterKey(file);
  if (found !== undefined) return { file, text: found };
  const places = file === undefined ? MASTER_KEY_VARIABLE : `${MASTER_KEY_VARIABLE}, or the copy of it in ${file}`;
  throw new OptionError(`${places}: must be the master key in force`);
}
