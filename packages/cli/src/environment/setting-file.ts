import { readFileSync } from 'node:fs';
import { OptionError } from '@flairgate/core';

/** Suffix of a variable that names a file. The file contains the value of the variable without the suffix. */
export const FILE_SUFFIX = '_FILE';

const MAX_FILE_BYTES = 65_536;

/**
 * Reads the value of a variable from the file that `…_FILE` names, as container platforms mount secrets. White space
 * at the ends, such as the line break that editors add, is not part of the value.
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
