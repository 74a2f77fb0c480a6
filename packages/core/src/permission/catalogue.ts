import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { OptionError } from '../denial/errors.js';
import type { CatalogueEntry } from '../store/rows.js';
import { familyPrefix, grantKind, toDotted } from './grammar.js';

/** Number of permission bits per array element. With 30 bits, V8 stores every element as a small integer. */
const BITS_PER_NUMBER = 30;

/** Maximum number of permission sets that a catalogue caches. */
const MAX_CACHED_SETS = 500;

/** Maximum number of permissions in a catalogue. */
const MAX_ENTRIES = 4096;

/** One permission, as passed to `createCatalogue`: only its name, or an object with its properties. */
export type CatalogueItem<N extends string = string> =
  | N
  | {
      readonly name: N;
      /** @default '' */
      readonly description?: string;
      /**
       * True for a permission that no family (such as `dr.*`) includes and that must be granted by name.
       *
       * @default false
       */
      readonly privileged?: boolean;
    };

/** A permission name with dots in place of colons. */
export type Dotted<N extends string> = N extends `${infer A}:${infer B}` ? Dotted<`${A}.${B}`> : N;

/**
 * An ordered, immutable list of permissions. Frozen. `N` is the union of the permission names, if they are literals.
 */
export interface Catalogue<N extends string = string> {
  /** SHA-256 of the ordered names, truncated to 128 bits, in base64url. Depends only on the names and their order. */
  readonly digest: string;
  readonly entries: readonly (CatalogueEntry & { readonly name: N })[];
  /** True if the catalogue contains the permission. */
  has(name: string): boolean;
  /** Returns the index of the permission in the list. Undefined for an unknown permission. */
  index(name: string): number | undefined;
  /** True if no family includes the permission, so that it must be granted by name. */
  privileged(name: string): boolean;
  /**
   * Returns the permissions of a family such as `dr.*`, in catalogue order. No family includes privileged permissions.
   */
  family(family: string): readonly string[];
  /**
   * Expands grants (permissions and families) to a sorted list of permissions. Names not in the catalogue are omitted.
   */
  expand(grants: Iterable<string>): readonly string[];
  /** Encodes permissions as bits, 30 per number. Unknown names are omitted. */
  toBits(names: Iterable<string>): readonly number[];
  /** Decodes bits to a sorted list of permissions. Bits beyond the end of the list are ignored. */
  fromBits(bits: readonly number[]): readonly string[];
}

interface CatalogueSlot {
  readonly index: number;
  readonly entry: CatalogueEntry;
}

type Places = ReadonlyMap<string, CatalogueSlot>;

/**
 * Creates a catalogue from an ordered list of 1 to 4096 permissions. A colon in a name is read as a dot.
 *
 * If the list is a literal, the compiler checks the permission names that a gate with this catalogue requires.
 *
 * @throws OptionError if the list is empty or too long, or a name is malformed or appears twice.
 * @example
 * const catalogue = createCatalogue(['invoice.list', { name: 'invoice.pay', privileged: true }]);
 * catalogue.expand(['invoice.*']); // ['invoice.list']
 */
export function createCatalogue<const N extends string>(items: Iterable<CatalogueItem<N>>): Catalogue<Dotted<N>> {
  const list = Object.freeze(Array.from(items, toEntry));
  const places = placesOf(list);
  const names = list.map((entry) => entry.name);
  const sorted = [...places.values()].sort((a, b) => (a.entry.name < b.entry.name ? -1 : 1));
  const family = (text: string) => permissionsOfFamily(text, list);
  const setOf = cacheSets(sorted);
  const catalogue: Catalogue = Object.freeze({
    digest: createHash('sha256').update(names.join('\n')).digest().subarray(0, 16).toString('base64url'),
    entries: list,
    has: (name: string) => places.has(name),
    index: (name: string) => places.get(name)?.index,
    privileged: (name: string) => places.get(name)?.entry.privileged === true,
    family,
    expand: (grants: Iterable<string>) => setOf(bitsOf(grants, places, family)).names,
    toBits: (chosen: Iterable<string>) => setOf(bitsOf(chosen, places)).bits,
    fromBits: (bits: readonly number[]) => namesOfBits(bits, sorted),
  });
  // The names in the list are those of the items.
  return catalogue as Catalogue<Dotted<N>>;
}

/** Returns the position of a permission's bit: the index of its array element, and the mask within that element. */
export function bitOf(index: number): { readonly word: number; readonly mask: number } {
  return { word: Math.floor(index / BITS_PER_NUMBER), mask: 1 << (index % BITS_PER_NUMBER) };
}

/** A set of permissions, as a sorted list of names and as bits. Both lists are frozen. */
interface PermissionSet {
  readonly names: readonly string[];
  readonly bits: readonly number[];
}

/**
 * Creates a cache of permission sets by their bits. Callers with the same permissions then share the lists, and neither
 * sort nor copy names.
 */
function cacheSets(sorted: readonly CatalogueSlot[]): (bits: readonly number[]) => PermissionSet {
  const known = new LRUCache<string, PermissionSet>({ max: MAX_CACHED_SETS });
  return (bits) => {
    const text = bits.join(' ');
    const same = known.get(text);
    if (same !== undefined) return same;
    const set = { names: namesOfBits(bits, sorted), bits: Object.freeze(bits) };
    known.set(text, set);
    return set;
  };
}

function toEntry(item: CatalogueItem, index: number): CatalogueEntry {
  const given = typeof item === 'string' ? { name: item } : item;
  const { name, description = '', privileged = false } = given ?? {};
  if (typeof name !== 'string' || typeof description !== 'string' || typeof privileged !== 'boolean') {
    throw new OptionError(
      `catalogue: entry ${index} must be a permission, or an object with its name, description and privileged`,
    );
  }
  return Object.freeze({ name: toDotted(name), description, privileged });
}

function placesOf(list: readonly CatalogueEntry[]): Places {
  if (list.length === 0) throw new OptionError('catalogue: must contain at least one permission');
  if (list.length > MAX_ENTRIES) throw new OptionError(`catalogue: must contain at most ${MAX_ENTRIES} permissions`);
  const places = new Map<string, CatalogueSlot>();
  for (const [index, entry] of list.entries()) {
    if (grantKind(entry.name) !== 'permission') {
      throw new OptionError(`catalogue: entry ${index} must be a permission: area.action in lower case`);
    }
    if (places.has(entry.name)) throw new OptionError(`catalogue: ${entry.name} must not appear twice`);
    places.set(entry.name, { index, entry });
  }
  return places;
}

function permissionsOfFamily(family: string, entries: readonly CatalogueEntry[]): readonly string[] {
  if (grantKind(family) !== 'family') return [];
  const prefix = familyPrefix(family);
  return entries.filter((entry) => !entry.privileged && entry.name.startsWith(prefix)).map((entry) => entry.name);
}

const NO_NAMES: readonly string[] = Object.freeze([]);

/** Returns the bits of permissions. `family` returns the permissions for every other name, by default none. */
function bitsOf(
  names: Iterable<string>,
  places: Places,
  family: (text: string) => readonly string[] = () => NO_NAMES,
): readonly number[] {
  const bits = new Array<number>(Math.ceil(places.size / BITS_PER_NUMBER)).fill(0);
  const add = (name: string): boolean => {
    const place = places.get(name);
    if (place === undefined) return false;
    const { word, mask } = bitOf(place.index);
    bits[word] = (bits[word] ?? 0) | mask;
    return true;
  };
  for (const name of names) if (!add(name)) for (const member of family(name)) add(member);
  return bits;
}

function namesOfBits(bits: readonly number[], sorted: readonly CatalogueSlot[]): readonly string[] {
  const held = sorted.filter(({ index }) => {
    const { word, mask } = bitOf(index);
    return ((bits[word] ?? 0) & mask) !== 0;
  });
  return Object.freeze(held.map((place) => place.entry.name));
}
