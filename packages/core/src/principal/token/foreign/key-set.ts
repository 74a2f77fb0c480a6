import { OptionError } from '../../../denial/errors.js';
import { type Algorithm, algorithms, type TokenKey } from './algorithms.js';
import { hasPrivateMembers, tokenKeysFromJwk } from './jwk.js';

/** Source of an issuer's keys. */
export interface KeySource {
  /** Algorithms of the keys. If HS256 is in the list, it is the only algorithm. */
  readonly algorithms: readonly Algorithm[];
  /**
   * Returns the key with this id, without fetching. `algorithm` selects one of several keys with the same id. A source
   * with only one key per id may ignore `algorithm`, because the caller checks the key's algorithm.
   */
  find(kid: string, algorithm?: string): TokenKey | undefined;
  /**
   * Reads the keys again, to find a key that `find` did not return. If the last read was too recent, reads nothing and
   * returns undefined.
   *
   * @throws UnavailableError if the keys cannot be read.
   */
  refresh?(kid: string): Promise<void> | undefined;
}

/**
 * Creates a source of keys that never change.
 *
 * @throws OptionError for an empty list, a duplicate kid, or a mix of secrets and public keys.
 */
export function staticKeys(keys: readonly TokenKey[]): KeySource {
  if (keys.length === 0) throw new OptionError('keys: must contain at least one');
  const byKid = uniqueKeys(keys);
  const used = [...new Set(keys.map((key) => key.algorithm))];
  checkAlgorithms(used);
  return { algorithms: used, find: (kid) => byKid.get(kid) };
}

/**
 * Asserts that these algorithms may be used together.
 *
 * @throws OptionError if the list is empty or combines HS256 with other algorithms.
 */
export function checkAlgorithms(names: readonly Algorithm[]): void {
  if (names.length === 0) throw new OptionError('algorithms: must contain at least one');
  const kinds = new Set(names.map((name) => algorithms[name].symmetric));
  if (kinds.size > 1) throw new OptionError('algorithms: must be of secrets or of public keys, not of both');
}

/** Keys of a published set, by id and algorithm. */
export interface KeySet {
  /** Ids of the usable keys. */
  readonly kids: readonly string[];
  /**
   * Returns the key with this id and algorithm if there is exactly one such key. If `algorithm` is omitted and exactly
   * one entry has this id, returns that entry's key for its usual algorithm. Otherwise returns undefined.
   */
  find(kid: string, algorithm?: string): TokenKey | undefined;
}

/** Maximum number of entries in a published key set. */
const MAX_ENTRIES = 100;

/**
 * Parses a published key set (`{"keys": [...]}`). Entries that are unsupported, too weak or not for signatures are
 * skipped. If several usable entries have the same id and algorithm, all of them are skipped, because it is unclear
 * which one a token refers to.
 *
 * @throws OptionError if the document is not a key set, has more than 100 entries, or contains a secret or private key.
 * @see RFC 7517 §5
 */
export function readKeySet(document: unknown): KeySet {
  const entries: unknown = isObject(document) ? document.keys : undefined;
  if (!Array.isArray(entries)) throw new OptionError('JWK set: must be {"keys": [...]}');
  if (entries.length > MAX_ENTRIES) throw new OptionError(`JWK set: must have at most ${MAX_ENTRIES} keys`);
  const objects = entries.filter(isObject);
  if (objects.some((entry) => entry.kty === 'oct' || hasPrivateMembers(entry))) {
    throw new OptionError('JWK set: must not contain a secret or a private key');
  }
  const byKid = new Map<string, (readonly TokenKey[])[]>();
  for (const keys of objects.map(readEntry)) {
    const [first] = keys;
    if (first !== undefined) byKid.set(first.kid, [...(byKid.get(first.kid) ?? []), keys]);
  }
  return {
    kids: [...byKid.keys()],
    find(kid, algorithm) {
      const keys = byKid.get(kid) ?? [];
      const found = keys.flatMap(
        (of) => of.find((key) => algorithm === undefined || key.algorithm === algorithm) ?? [],
      );
      return found.length === 1 ? found[0] : undefined;
    },
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readEntry(entry: object): readonly TokenKey[] {
  try {
    return tokenKeysFromJwk(entry);
  } catch (error) {
    if (error instanceof OptionError) return [];
    throw error;
  }
}

function uniqueKeys(keys: readonly TokenKey[]): ReadonlyMap<string, TokenKey> {
  const byKid = new Map<string, TokenKey>();
  for (const key of keys) {
    if (byKid.has(key.kid)) throw new OptionError('keys: a kid must not appear twice');
    byKid.set(key.kid, key);
  }
  return byKid;
}
