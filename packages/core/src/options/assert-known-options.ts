import { OptionError } from '../denial/errors.js';
import { nearest } from './nearest.js';

/**
 * Asserts that an options object has only known members. Otherwise a misspelled option would be ignored silently.
 *
 * @throws OptionError that suggests the most similar known option.
 */
export function assertKnownOptions(where: string, given: object, known: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const meant = nearest(name, known);
    const hint = meant === undefined ? 'it takes no options' : `did you mean \`${meant}\`?`;
    throw new OptionError(`${where}: unknown option \`${name}\`; ${hint}`);
  }
}
