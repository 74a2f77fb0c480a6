import { OptionError } from '../denial/errors.js';
import { nearest } from './nearest.js';

/**
 * Refuses members that an options object must not have: a misspelt option would be silently left out.
 *
 * @throws OptionError naming the nearest that it may have.
 */
export function assertKnownOptions(where: string, given: object, known: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const meant = nearest(name, known);
    const hint = meant === undefined ? 'it takes no options' : `did you mean \`${meant}\`?`;
    throw new OptionError(`${where}: unknown option \`${name}\`; ${hint}`);
  }
}
