import { OptionError } from '../../../denial/errors.js';
import { type Algorithm, algorithms, type TokenKey } from './algorithms.js';
import { hasPrivateMembers, tokenKeyFromJwk } from './jwk.js';

/** Source of the keys of an issuer. */
export interface KeySource {
  /** Algorithms of its keys. HS256 is never combined with another one. */
  readonly algorithms: readonly Algorithm[];
  /** Returns the key with this id if it is known already. */
  find(kid: string): TokenKey | undefined;
  /**
   * Reads keys again to find one that is not known yet. Returns undefined if another read is not useful now.
   *
   * @throws UnavailableError if the keys cannot be read, so that nothing can be decided.
   */
  refresh?(kid: string): Promise<void> | undefined;
}

/**
 * Creates a source of keys that never change.
 *
 * @throws OptionError for no key, a duplicate kid, or a combination of secrets and public keys.
 */
export function staticKeys(keys: readonly TokenKey[]): KeySource {
  if (keys.length === 0) throw new OptionError('keys: must contain at least one');
  const byKid = uniqueKeys(keys);
  const used = [...new Set(keys.map((key) => key.algorithm))];
  checkAlgorithms(used);
  return { algorithms: used, find: (kid) => byKid.get(kid) };
}

/** Asserts that algorithms can be combined. @throws OptionError for none, or for HS256 with another one */
export function checkAlgorithms(names: readonly Algorithm[]): void {
  if (names.length === 0) throw new OptionError('algorithms: must contain at least one');
  const kinds = new Set(names.map((name) => algorithms[name].symmetric));
  if (kinds.size > 1) throw new OptionError('algorithms: must be of secrets or of public keys, not of both');
}

/**
 * Parses a published key set (`{"keys": [...]}`). Unsupported entries are skipped.
 *
 * @throws OptionError if it is not a key set, contains a secret or a private key, or has a duplicate kid.
 * @see RFC 7517 §5
 */
export function readKeySet(document: unknown): ReadonlyMap<string, TokenKey> {
  const entries: unknown = isObject(document) ? document.keys : undefined;
  if (!Array.isArray(entries)) throw new OptionError('JWK set: must be {"keys": [...]}');
  const objects = entries.filter(isObject);
  if (objects.some((entry) => entry.kty === 'oct' || hasPrivateMembers(entry))) {
    throw new OptionError('JWK set: must not contain a secret or a private key');
  }
  checkKids(objects);
  return uniqueKeys(objects.flatMap(readEntry));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Checks that no two keys have the same kid. Skipped entries are checked too, because a token could mean either of the
 * two.
 */
function checkKids(entries: readonly Readonly<Record<string, unknown>>[]): void {
  const kids = entries.map((entry) => entry.kid).filter((kid) => kid !== undefined);
  if (new Set(kids).size !== kids.length) throw new OptionError('JWK set: a kid must not appear twice');
}

function readEntry(entry: object): readonly TokenKey[] {
  try {
    return [tokenKeyFromJwk(entry)];
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
