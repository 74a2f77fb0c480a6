import { createHash } from 'node:crypto';
import { OptionError } from '../denial/errors.js';
import type { CatalogueEntry } from '../store/rows.js';
import { familyPrefix, grantKind } from './grammar.js';

/** Bits kept in one number, so that every mask is a small integer. */
const BITS_PER_NUMBER = 30;

/** Different lists that are kept to be shared. */
const MAX_SHARED = 500;

/** Most permissions a catalogue may hold. */
const MAX_ENTRIES = 4096;

/** An ordered, unchanging list of permissions. Frozen. */
export interface Catalogue {
  /** 128 bits of SHA-256 over the ordered names, base64url. Descriptions and marks do not count. */
  readonly digest: string;
  readonly entries: readonly CatalogueEntry[];
  has(name: string): boolean;
  /** Place of the name in the list, undefined for an unknown one. */
  index(name: string): number | undefined;
  /** Whether the permission is in no family and must be granted by name. */
  privileged(name: string): boolean;
  /** Names a family holds, in catalogue order; privileged ones are in none. */
  family(family: string): readonly string[];
  /** Concrete names behind the grants, sorted. Names of other catalogues are left out. */
  expand(grants: Iterable<string>): readonly string[];
  /** The names as bits, 30 to a number. Unknown names are left out. */
  toBits(names: Iterable<string>): readonly number[];
  /** Names behind the bits, sorted. Bits past the end of the list are ignored. */
  fromBits(bits: readonly number[]): readonly string[];
}

interface Place {
  readonly index: number;
  readonly entry: CatalogueEntry;
}

type Places = ReadonlyMap<string, Place>;

/**
 * Makes a catalogue of an ordered list of permissions.
 *
 * @throws OptionError when the list is empty or too long, a name is malformed or stands twice.
 */
export function createCatalogue(entries: Iterable<CatalogueEntry>): Catalogue {
  const list = Object.freeze(Array.from(entries, copyEntry));
  const places = placesOf(list);
  const names = list.map((entry) => entry.name);
  const sorted = [...places.values()].sort((a, b) => (a.entry.name < b.entry.name ? -1 : 1));
  const family = (text: string) => membersOf(text, list);
  const sharedNames = sharing<string>();
  const sharedBits = sharing<number>();
  return Object.freeze({
    digest: createHash('sha256').update(names.join('\n')).digest().subarray(0, 16).toString('base64url'),
    entries: list,
    has: (name: string) => places.has(name),
    index: (name: string) => places.get(name)?.index,
    privileged: (name: string) => places.get(name)?.entry.privileged === true,
    family,
    expand: (grants: Iterable<string>) => sharedNames(expand(grants, places, family)),
    toBits: (chosen: Iterable<string>) => sharedBits(bitsOf(chosen, places)),
    fromBits: (bits: readonly number[]) => namesOf(bits, sorted),
  });
}

/** The bit of one place of a catalogue: which number, and the mask in it. */
export function bitOf(index: number): { readonly word: number; readonly mask: number } {
  return { word: Math.floor(index / BITS_PER_NUMBER), mask: 1 << (index % BITS_PER_NUMBER) };
}

/** Gives, for a list equal to an earlier one, the earlier one: callers of one role share theirs. */
function sharing<T extends string | number>(): (list: readonly T[]) => readonly T[] {
  const known = new Map<string, readonly T[]>();
  return (list) => {
    const text = list.join(' ');
    const same = known.get(text);
    if (same !== undefined) return same;
    if (known.size === MAX_SHARED) known.clear();
    known.set(text, list);
    return list;
  };
}

function copyEntry({ name, description, privileged }: CatalogueEntry): CatalogueEntry {
  return Object.freeze({ name, description, privileged });
}

function placesOf(list: readonly CatalogueEntry[]): Places {
  if (list.length === 0) throw new OptionError('catalogue: name at least one permission');
  if (list.length > MAX_ENTRIES) throw new OptionError(`catalogue: at most ${MAX_ENTRIES} permissions`);
  const places = new Map<string, Place>();
  for (const [index, entry] of list.entries()) {
    if (grantKind(entry.name) !== 'permission') {
      throw new OptionError(`catalogue: entry ${index} is not a permission; write area.action in lower case`);
    }
    if (places.has(entry.name)) throw new OptionError(`catalogue: ${entry.name} stands twice`);
    places.set(entry.name, { index, entry });
  }
  return places;
}

function membersOf(family: string, entries: readonly CatalogueEntry[]): readonly string[] {
  if (grantKind(family) !== 'family') return [];
  const prefix = familyPrefix(family);
  return entries.filter((entry) => !entry.privileged && entry.name.startsWith(prefix)).map((entry) => entry.name);
}

function expand(
  grants: Iterable<string>,
  places: Places,
  family: (text: string) => readonly string[],
): readonly string[] {
  const names = new Set<string>();
  for (const grant of grants) {
    if (places.has(grant)) names.add(grant);
    else for (const name of family(grant)) names.add(name);
  }
  return Object.freeze([...names].toSorted());
}

function bitsOf(names: Iterable<string>, places: Places): readonly number[] {
  const bits = new Array<number>(Math.ceil(places.size / BITS_PER_NUMBER)).fill(0);
  for (const name of names) {
    const place = places.get(name);
    if (place === undefined) continue;
    const { word, mask } = bitOf(place.index);
    bits[word] = (bits[word] ?? 0) | mask;
  }
  return Object.freeze(bits);
}

function namesOf(bits: readonly number[], sorted: readonly Place[]): readonly string[] {
  const held = sorted.filter(({ index }) => {
    const { word, mask } = bitOf(index);
    return ((bits[word] ?? 0) & mask) !== 0;
  });
  return Object.freeze(held.map((place) => place.entry.name));
}
