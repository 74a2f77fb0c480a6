import { readFile } from 'node:fs/promises';
import { OptionError } from '@flairgate/core';
import type { ProcessIo } from '../command.js';

/** Reads the source that an option names: a file, or standard input for `-`. */
export async function readSource(option: string, file: string, { input }: ProcessIo): Promise<string> {
  if (file === '-') return input();
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    throw new OptionError(`${option}: ${file} cannot be read (${code})`, { cause: error });
  }
}
