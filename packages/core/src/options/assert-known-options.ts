import { OptionError } from '../denial/errors.js';
import { editDistance, nearest } from './nearest.js';

/**
 * Asserts that an options object has only known members. Otherwise a misspelled option would be ignored silently.
 *
 * @throws OptionError that suggests the most similar known option, or lists the options if none is similar.
 */
export function assertKnownOptions(where: string, given: object, known: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    throw new OptionError(`${where}: unknown option \`${name}\`; ${hintFor(name, known)}`);
  }
}

/** Largest number of options that a message lists. */
const MAX_LISTED = 12;

function hintFor(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  if (meant === undefined) return 'it takes no options';
  const isNear = editDistance(name.toLowerCase(), meant.toLowerCase()) <= Math.max(2, name.length / 2);
  if (isNear || known.length > MAX_LISTED) return `did you mean \`${meant}\`?`;
  return `the options are ${known.map((option) => `\`${option}\``).join(', ')}`;
}
