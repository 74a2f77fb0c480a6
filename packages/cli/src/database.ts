import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { OptionError } from '@flairgate/core';
import type { Store } from '@flairgate/core/store';
import type { DatabaseSettings } from './configuration/configuration.js';
import type { Settings } from './configuration/settings.js';

/** Location of the database. */
export type Database =
  | {
      readonly kind: 'sqlite';
      readonly file: string;
      /**
       * Folder that contains the file. If the folder does not exist, it is created so that only its owner can read it.
       */
      readonly folder?: string;
    }
  | { readonly kind: 'postgres'; readonly url: string };

const DEFAULT_FOLDER = '.flairgate';
const FILE_NAME = 'flairgate.db';

/**
 * Returns the database to use: the value of the option, otherwise `DATABASE_URL`, otherwise the file in the folder
 * `FLAIRGATE_DATA`, and otherwise the file in `./.flairgate`.
 */
export function chooseDatabase(option: string | undefined, settings: Settings): Database {
  if (option !== undefined) return parseDatabase('--database', option);
  if (settings.DATABASE_URL !== undefined) return parseDatabase('DATABASE_URL', settings.DATABASE_URL);
  const folder = settings.FLAIRGATE_DATA ?? DEFAULT_FOLDER;
  return { kind: 'sqlite', folder, file: join(folder, FILE_NAME) };
}

/**
 * Requirement for a database file. With `existing`, a missing file is an error, because its name may be misspelled.
 * With `any`, a missing file is created.
 */
export type Existence = 'existing' | 'any';

/**
 * Opens the database. If the database file is missing, it is created with the `existence` `any`, and is an error with
 * `existing`. With `REDIS_URL`, changes are also announced to other processes through Redis.
 *
 * Calls `note` if a master key was created, because the operator must back up this key.
 *
 * @throws OptionError
 */
export async function openDatabase(
  database: Database,
  settings: Settings,
  note: (line: string) => void,
  existence: Existence = 'existing',
): Promise<Store> {
  if (existence === 'existing') assertExists(database);
  const store = await openRows(database, settings, note, false);
  if (settings.REDIS_URL === undefined) return store;
  try {
    const { redisWakeUps, withWakeUps } = await import('@flairgate/stores/redis');
    return withWakeUps(
      store,
      await redisWakeUps({ url: settings.REDIS_URL, prefix: settings.configuration.redisPrefix }),
    );
  } catch (error) {
    await store.close();
    throw nameRedis(error);
  }
}

/** Opens the database without migrating it. @throws OptionError if the tables are not of this version. */
export function openAsItIs(database: Database, settings: Settings): Promise<Store> {
  return openRows(database, settings, () => undefined, true);
}

/** Returns an error about Redis. In its message, the name of the library option is replaced by `REDIS_URL`. */
export function nameRedis(error: unknown): unknown {
  if (!(error instanceof OptionError)) return error;
  return new OptionError(error.message.replace(/^redis\w+: (?:url: )?/, 'REDIS_URL: '), { cause: error });
}

async function openRows(
  database: Database,
  settings: Settings,
  note: (line: string) => void,
  mustBeCurrent: boolean,
): Promise<Store> {
  const masterKey = settings.FLAIRGATE_MASTER_KEY;
  if (database.kind === 'postgres') {
    if (masterKey === undefined) {
      throw new OptionError(
        'FLAIRGATE_MASTER_KEY: must be 32 random bytes in base64url or hex, because PostgreSQL needs a master key',
      );
    }
    const { postgresStore } = await import('@flairgate/stores/postgres');
    return withGivenNames({ masterKey: 'FLAIRGATE_MASTER_KEY' }, () =>
      postgresStore({
        url: database.url,
        masterKey,
        mustBeCurrent,
        pooler: settings.FLAIRGATE_POOLER,
        ...postgresOptions(settings.configuration.database),
      }),
    );
  }
  const { sqliteStore } = await import('@flairgate/stores/sqlite');
  if (database.folder !== undefined && !mustBeCurrent) createFolder(database.folder);
  const { busyTimeoutMs } = settings.configuration.database;
  const keyFile = `${database.file}.master-key`;
  const isNew = masterKey === undefined && !existsSync(keyFile);
  if (!mustBeCurrent && existsSync(keyFile) && isEmptyFile(database.file)) note(lostDatabase(database.file, keyFile));
  const store = await withGivenNames({ masterKey: masterKey === undefined ? keyFile : 'FLAIRGATE_MASTER_KEY' }, () =>
    sqliteStore({ file: database.file, masterKey, mustBeCurrent, busyTimeoutMs }),
  );
  if (isNew && existsSync(keyFile)) note(`created ${keyFile}; keep a copy of it: without it every key is lost`);
  return store;
}

function postgresOptions({ busyTimeoutMs, ...options }: DatabaseSettings): Omit<DatabaseSettings, 'busyTimeoutMs'> {
  return options;
}

function assertExists(database: Database): void {
  if (database.kind === 'postgres' || database.file === ':memory:' || existsSync(database.file)) return;
  throw new OptionError(
    `database: there is no ${database.file}; name another one with --database, or create it with flairgate org create`,
  );
}

function isEmptyFile(file: string): boolean {
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0;
}

function lostDatabase(file: string, keyFile: string): string {
  return `${keyFile} is there, but ${file} is missing or empty: a new database is created, and no key of the old one works; to keep them, stop and put back a copy`;
}

/**
 * Opens a store. If an OptionError is thrown, replaces the name of the library option in its message by the name that
 * the operator used.
 */
async function withGivenNames<R>(names: { readonly masterKey: string }, open: () => Promise<R>): Promise<R> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    const text = error.message
      .replace(/^(?:sqlite|postgres)Store: /, '')
      .replace(/^masterKey: /, `${names.masterKey}: `);
    throw new OptionError(text.replace(/^(?:file|url): /, 'database: '), { cause: error });
  }
}

function parseDatabase(where: string, text: string): Database {
  if (/^postgres(?:ql)?:\/\//.test(text)) return { kind: 'postgres', url: text };
  if (text !== '' && !/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return { kind: 'sqlite', file: text };
  throw new OptionError(`${where}: must be a file name or postgres://...`);
}

function createFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new OptionError(`FLAIRGATE_DATA: ${folder} cannot be created; name a folder you may write to`, {
      cause: error,
    });
  }
}
