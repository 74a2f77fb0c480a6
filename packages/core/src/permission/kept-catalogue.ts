import { OptionError } from '../denial/errors.js';
import type { CatalogueEntry } from '../store/rows.js';
import type { Store } from '../store/store.js';
import { type Catalogue, createCatalogue } from './catalogue.js';
import { defaultCatalogue } from './catalogues/built-in.js';

/**
 * Returns the catalogue to use with a store: the one stored in the database, or else the given one, or else the
 * default.
 *
 * @throws OptionError if the given catalogue differs from the stored one.
 */
export function chooseCatalogue(store: Partial<Pick<Store, 'keptCatalogue'>>, given: Catalogue | undefined): Catalogue {
  const kept = store.keptCatalogue?.entries;
  if (kept === undefined) return given ?? defaultCatalogue;
  if (given === undefined) return createCatalogue(kept);
  assertKeptCatalogue(given, kept);
  return given;
}

/**
 * Asserts that a catalogue is the one stored in the database: the same names in the same order, with the same
 * permissions privileged. Descriptions may differ.
 *
 * @throws OptionError that describes the difference.
 */
export function assertKeptCatalogue(given: Catalogue, kept: readonly CatalogueEntry[]): void {
  const { digest } = createCatalogue(kept);
  if (digest !== given.digest) {
    throw new OptionError(
      `catalogue: must be \`${digest}\`, the value stored in the database, not \`${given.digest}\`; ${difference(given, kept)}; ` +
        'to change the stored one: flairgate catalogue put --file FILE',
    );
  }
  const changed = kept.find(({ name, privileged }) => given.privileged(name) !== privileged);
  if (changed === undefined) return;
  const { name, privileged } = changed;
  throw new OptionError(`catalogue: ${name} must ${privileged ? '' : 'not '}be privileged, as in the database`);
}

const MAX_NAMED = 5;

function difference(given: Catalogue, kept: readonly CatalogueEntry[]): string {
  const known = new Set(kept.map(({ name }) => name));
  const added = given.entries.map(({ name }) => name).filter((name) => !known.has(name));
  const missing = [...known].filter((name) => !given.has(name));
  if (added.length + missing.length === 0) return 'the names are the same in another order';
  return [
    ...(added.length > 0 ? [`only given: ${some(added)}`] : []),
    ...(missing.length > 0 ? [`only stored: ${some(missing)}`] : []),
  ].join('; ');
}

function some(names: readonly string[]): string {
  const rest = names.length - MAX_NAMED;
  return `${names.slice(0, MAX_NAMED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
