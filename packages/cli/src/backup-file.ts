import { createReadStream } from 'node:fs';
import { type FileHandle, link, open } from 'node:fs/promises';
import { OptionError } from '@flairgate/core';
import { nameDraft } from './draft-file.js';

/**
 * Number of characters to collect before they are written. One system call per row would take most of the running time.
 */
const CHUNK_CHARACTERS = 1 << 18;

/** Maximum length of a line in a backup. Prevents a file that is not a backup from filling the memory. */
const MAX_LINE_CHARACTERS = 1 << 24;

/**
 * Writes the lines that `work` produces to the new file `path`, which only its owner can read.
 *
 * The lines are first written to a temporary file. The file `path` appears only after all lines are on disk.
 *
 * @throws OptionError if the file `path` already exists or cannot be created.
 */
export async function writeLines<R>(
  path: string,
  work: (write: (line: string) => Promise<void>) => Promise<R>,
): Promise<R> {
  const draft = nameDraft(path);
  try {
    const file = await withFileName(path, () => open(draft.path, 'wx', 0o600));
    try {
      const value = await writeAll(file, work);
      await withFileName(path, () => link(draft.path, path));
      return value;
    } finally {
      await file.close();
    }
  } finally {
    draft.remove();
  }
}

async function writeAll<R>(file: FileHandle, work: (write: (line: string) => Promise<void>) => Promise<R>): Promise<R> {
  let chunk = '';
  const value = await work(async (line) => {
    chunk += `${line}\n`;
    if (chunk.length < CHUNK_CHARACTERS) return;
    await file.writeFile(chunk);
    chunk = '';
  });
  await file.writeFile(chunk);
  await file.sync();
  return value;
}

/**
 * Yields the lines of a backup file.
 *
 * @throws OptionError if the file cannot be opened, or if a line is too long to be part of a backup.
 */
export async function* readLines(path: string): AsyncGenerator<string> {
  let rest = '';
  for await (const part of await withFileName(path, () => openText(path))) {
    const lines = `${rest}${part}`.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_CHARACTERS) throw new OptionError(`${path}: the file must be a backup of Flairgate`);
    yield* lines;
  }
  if (rest !== '') yield rest;
}

async function openText(path: string): Promise<AsyncIterable<string>> {
  const stream = createReadStream(path, { encoding: 'utf8' });
  await new Promise((resolve, reject) => {
    stream.once('open', resolve);
    stream.once('error', reject);
  });
  return stream;
}

async function withFileName<R>(path: string, step: () => Promise<R>): Promise<R> {
  try {
    return await step();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const remedy = code === 'EEXIST' ? 'is there already; name another file' : `cannot be opened (${code})`;
    throw new OptionError(`${path}: ${remedy}`, { cause: error });
  }
}
