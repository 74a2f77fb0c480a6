import { readFileSync } from 'node:fs';
import { OptionError } from '@flairgate/core';

/**
 * Suffix of the name of a variable that names a file. For example, the file named by `FLAIRGATE_KEY_FILE` contains the
 * value of `FLAIRGATE_KEY`.
 */
export const FILE_SUFFIX = '_FILE';

const MAX_FILE_BYTES = 65_536;

/**
 * Reads the value of a setting from a file. Container platforms provide secrets as files. White space at both ends,
 * such as the line break that editors add, is removed.
 *
 * @throws OptionError for a file that cannot be read, is empty or is larger than 64 KiB.
 */
export function readSettingFile(variable: string, file: string): string {
  const text = readText(variable, file).trim();
  if (text === '') throw new OptionError(`${variable}: ${file} must not be empty`);
  return text;
}

function readText(variable: string, file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    throw new OptionError(`${variable}: must name a file that can be read (${code}): ${file}`, { cause: error });
  }
  if (bytes.length > MAX_FILE_BYTES) throw new OptionError(`${variable}: ${file} must have at most 64 KiB`);
  return bytes.toString('utf8');
}
