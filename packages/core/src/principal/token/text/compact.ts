import type { Catalogue } from '../../../permission/catalogue.js';
import { FLAIRS, type Flair } from '../../../store/flair.js';
import { decodeBase64url } from './base64url.js';
import { isJsonObject, type JsonObject } from './json-object.js';
import type { Rights, RightsByOrganization } from './rights.js';
import { compareAt, findUuid, UUID_BYTES, uuidBytes, uuidText } from './uuid-bytes.js';

/**
 * The claim `cmp`: the compact format for rights in many organizations.
 *
 * Each set contains the organizations with the same rights. `bits` is a byte string with one bit per permission in the
 * catalogue. Permission `i` is bit `i % 8` of byte `i / 8`, counted from the least significant bit. There are no zero
 * bytes at the end. `oids` is a byte string of sorted 16-byte ids. Both byte strings are encoded in base64url. `flairs`
 * is sorted, and omitted if empty. No organization is in two sets, and no two sets have the same rights.
 */
export interface CompactClaim {
  /** Digest of the catalogue that defines the bits. */
  readonly cat: string;
  readonly sets: readonly CompactSetClaim[];
}

/** A group of organizations with the same rights, as written in the claim. */
export interface CompactSetClaim {
  readonly bits: string;
  readonly flairs?: readonly Flair[];
  readonly oids: string;
}

/** A parsed claim `cmp`. The ids remain bytes and are searched without decoding them. */
export interface CompactRights {
  readonly catalogue: string;
  readonly sets: readonly CompactSet[];
}

interface CompactSet {
  readonly bits: Buffer;
  readonly flairs: readonly Flair[];
  readonly ids: Buffer;
}

/** The parts of a catalogue that the compact format needs. */
export type CompactCatalogue = Pick<Catalogue, 'digest' | 'entries'>;

const DIGEST = /^[A-Za-z0-9_-]{22}$/;

/**
 * Encodes rights in the compact format, by grouping organizations with equal rights. Returns undefined if a permission
 * is not in the catalogue.
 */
export function encodeCompact(
  rights: ReadonlyMap<string, Rights>,
  catalogue: CompactCatalogue,
): CompactClaim | undefined {
  const indexes = new Map(catalogue.entries.map(({ name }, index) => [name, index]));
  const sets = new Map<string, { bits: string; flairs: readonly Flair[]; ids: Buffer[] }>();
  for (const [oid, { permissions, flairs }] of rights) {
    const id = uuidBytes(oid);
    if (id === undefined) throw new TypeError('an organization id must be a UUID in lower case');
    const bits = encodeBits(permissions, indexes);
    if (bits === undefined) return undefined;
    const sorted = [...new Set(flairs)].sort();
    const name = `${bits}:${sorted.join()}`;
    const set = sets.get(name) ?? { bits, flairs: sorted, ids: [] };
    sets.set(name, set);
    set.ids.push(id);
  }
  return { cat: catalogue.digest, sets: [...sets.values()].map(toCompactSet) };
}

function toCompactSet(set: { bits: string; flairs: readonly Flair[]; ids: readonly Buffer[] }): CompactSetClaim {
  const oids = Buffer.concat(set.ids.toSorted(Buffer.compare)).toString('base64url');
  return set.flairs.length === 0 ? { bits: set.bits, oids } : { bits: set.bits, flairs: set.flairs, oids };
}

function encodeBits(permissions: readonly string[], indexes: ReadonlyMap<string, number>): string | undefined {
  const places = permissions.map((name) => indexes.get(name) ?? -1);
  if (places.includes(-1)) return undefined;
  const bytes = Buffer.alloc(Math.floor(Math.max(-1, ...places) / 8) + 1);
  for (const place of places) bytes[place >> 3] = (bytes[place >> 3] ?? 0) | (1 << (place & 7));
  return bytes.toString('base64url');
}

/** Parses the claim `cmp`. Returns undefined for a value that {@link encodeCompact} cannot have created. */
export function parseCompact(value: unknown): CompactRights | undefined {
  if (!hasOnly(value, ['cat', 'sets']) || !Array.isArray(value.sets)) return undefined;
  if (typeof value.cat !== 'string' || !DIGEST.test(value.cat)) return undefined;
  const sets: CompactSet[] = [];
  for (const item of value.sets) {
    const set = parseSet(item);
    if (set === undefined) return undefined;
    sets.push(set);
  }
  return areDisjoint(sets) && areDistinct(sets) ? { catalogue: value.cat, sets } : undefined;
}

function hasOnly(value: unknown, names: readonly string[]): value is JsonObject {
  return isJsonObject(value) && Object.keys(value).every((name) => names.includes(name));
}

function parseSet(value: unknown): CompactSet | undefined {
  if (!hasOnly(value, ['bits', 'flairs', 'oids'])) return undefined;
  if (typeof value.bits !== 'string' || typeof value.oids !== 'string') return undefined;
  const bits = decodeBase64url(value.bits);
  const ids = decodeBase64url(value.oids);
  const flairs = value.flairs === undefined ? [] : parseSortedFlairs(value.flairs);
  if (bits === undefined || ids === undefined || flairs === undefined) return undefined;
  if (bits.length > 0 && bits[bits.length - 1] === 0) return undefined;
  return areSorted(ids) ? { bits, flairs, ids } : undefined;
}

function parseSortedFlairs(value: unknown): readonly Flair[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const flairs = value.map((text) => FLAIRS.find((flair) => flair === text));
  const known = flairs.filter((flair) => flair !== undefined);
  if (known.length !== flairs.length) return undefined;
  return known.every((flair, index) => index === 0 || flair > (known[index - 1] ?? '')) ? known : undefined;
}

/** True if there is at least one id, and each id is greater than the preceding id. */
function areSorted(ids: Buffer): boolean {
  if (ids.length === 0 || ids.length % UUID_BYTES !== 0) return false;
  for (let at = UUID_BYTES; at < ids.length; at += UUID_BYTES) {
    if (compareAt(ids, at - UUID_BYTES, ids, at) >= 0) return false;
  }
  return true;
}

function areDisjoint(sets: readonly CompactSet[]): boolean {
  const seen = new Set<string>();
  let count = 0;
  for (const { ids } of sets) {
    for (let at = 0; at < ids.length; at += UUID_BYTES) seen.add(ids.toString('latin1', at, at + UUID_BYTES));
    count += ids.length / UUID_BYTES;
  }
  return seen.size === count;
}

function areDistinct(sets: readonly CompactSet[]): boolean {
  return new Set(sets.map(({ bits, flairs }) => `${bits.toString('hex')}:${flairs.join()}`)).size === sets.length;
}

/**
 * Creates a view of the rights in a compact claim. The view searches the ids without decoding them.
 *
 * Returns undefined if the claim refers to a catalogue other than `catalogue`, or if a bit lies beyond the end of the
 * catalogue.
 */
export function compactView(compact: CompactRights, catalogue: CompactCatalogue): RightsByOrganization | undefined {
  if (compact.catalogue !== catalogue.digest) return undefined;
  const names = catalogue.entries.map(({ name }) => name);
  if (compact.sets.some(({ bits }) => bitLength(bits) > names.length)) return undefined;
  const granted = compact.sets.map(({ bits, flairs }) =>
    Object.freeze({ permissions: Object.freeze(names.filter((_, index) => isSet(bits, index)).sort()), flairs }),
  );
  let organizations: readonly string[] | undefined;
  return {
    get organizations() {
      organizations ??= Object.freeze(compact.sets.flatMap(({ ids }) => listIds(ids)).sort());
      return organizations;
    },
    in: (oid) => {
      const wanted = uuidBytes(oid);
      if (wanted === undefined) return undefined;
      const place = compact.sets.findIndex(({ ids }) => findUuid(ids, wanted) !== -1);
      return granted[place];
    },
  };
}

function listIds(ids: Buffer): readonly string[] {
  return Array.from({ length: ids.length / UUID_BYTES }, (_, index) => uuidText(ids, index * UUID_BYTES));
}

/** Returns the number of bits up to and including the highest bit that is set. */
function bitLength(bits: Buffer): number {
  const last = bits[bits.length - 1];
  return last === undefined ? 0 : (bits.length - 1) * 8 + 32 - Math.clz32(last);
}

function isSet(bits: Buffer, index: number): boolean {
  return ((bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
}
