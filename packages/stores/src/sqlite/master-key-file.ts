import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OptionError } from '@flairgate/core';
import { sqliteCodeOf } from './backend.js';

/**
 * Returns the text of the master key in the file `path`. Undefined if there is no such file.
 *
 * @example
 * const masterKey = await readMasterKey('rules.db.master-key');
 */
export async function readMasterKey(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (sqliteCodeOf(error) === 'ENOENT') return undefined;
    throw new OptionError(`sqliteStore: cannot read the master key in ${path} (${sqliteCodeOf(error)})`, {
      cause: error,
    });
  }
}

/**
 * Creates the file `path` with a random master key, which only the file's owner can read. Returns the text of the key.
 *
 * If several processes call this function at the same time, one of them creates the file, and all return the key in
 * that file. The file appears only when it is complete. The file is synced to disk before the promise resolves, so that
 * no database is written before its key is on disk.
 *
 * @example
 * const masterKey = (await readMasterKey('rules.db.master-key')) ?? (await createMasterKey('rules.db.master-key'));
 */
export async function createMasterKey(path: string): Promise<string> {
  const text = randomBytes(32).toString('base64url');
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeDurably(draft, `${text}\n`);
    await link(draft, path);
    await syncFolder(dirname(path));
    return text;
  } catch (error) {
    const others = sqliteCodeOf(error) === 'EEXIST' ? await readMasterKey(path) : undefined;
    if (others !== undefined) return others;
    throw new OptionError(
      `sqliteStore: cannot create ${path} (${sqliteCodeOf(error)}); create it yourself, or set the option masterKey`,
      {
        cause: error,
      },
    );
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}

/**
 * Replaces the master key in the file `path`. If a process reads the file at the same time, it gets either the complete
 * old key or the complete new key.
 *
 * The new key is on disk before the promise resolves.
 *
 * @example
 * await replaceMasterKey('rules.db.master-key', randomBytes(32).toString('base64url'));
 */
export async function replaceMasterKey(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeDurably(draft, `${text}\n`);
    await rename(draft, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw new OptionError(`cannot replace ${path} (${sqliteCodeOf(error)}); it still holds the old master key`, {
      cause: error,
    });
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Syncs a folder to disk, so that the name of a new file in it survives a power failure. Does nothing on Windows, which
 * cannot open folders.
 */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}
