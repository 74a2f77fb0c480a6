import { OptionError } from '../../../denial/errors.js';
import { type Algorithm, algorithms, type TokenKey } from './algorithms.js';
import { hasPrivateMembers, tokenKeyFromJwk } from './jwk.js';

/** Where the keys of an issuer come from. */
export interface KeySource {
  /** Algorithms its keys may have. Never HS256 beside another one. */
  readonly algorithms: readonly Algorithm[];
  /** The key with this id, if it is known right now. */
  find(kid: string): TokenKey | undefined;
  /**
   * Looks for a key that is not known yet. Undefined: looking again now would find nothing.
   *
   * @throws UnavailableError when the keys cannot be had, so that nothing can be decided.
   */
  refresh?(kid: string): Promise<void> | undefined;
}

/**
 * Makes a source of keys that never change.
 *
 * @throws OptionError for no key, one kid twice, or secrets and public keys together.
 */
export function staticKeys(keys: readonly TokenKey[]): KeySource {
  if (keys.length === 0) throw new OptionError('keys: name at least one');
  const byKid = uniqueKeys(keys);
  const used = [...new Set(keys.map((key) => key.algorithm))];
  checkAlgorithms(used);
  return { algorithms: used, find: (kid) => byKid.get(kid) };
}

/** @throws OptionError when HS256 stands beside another algorithm, or none is named. */
export function checkAlgorithms(names: readonly Algorithm[]): void {
  if (names.length === 0) throw new OptionError('algorithms: name at least one');
  const kinds = new Set(names.map((name) => algorithms[name].symmetric));
  if (kinds.size > 1) throw new OptionError('algorithms: one issuer has secrets or public keys, never both');
}

/**
 * Reads the keys of a published set (`{"keys": [...]}`). Entries that are not understood are left out.
 *
 * @throws OptionError when it is no set, shows a secret or a private key, or has one kid twice.
 * @see RFC 7517 §5
 */
export function readKeySet(document: unknown): ReadonlyMap<string, TokenKey> {
  const entries: unknown = isObject(document) ? document.keys : undefined;
  if (!Array.isArray(entries)) throw new OptionError('JWK set: must be {"keys": [...]}');
  const objects = entries.filter(isObject);
  if (objects.some((entry) => entry.kty === 'oct' || hasPrivateMembers(entry))) {
    throw new OptionError('JWK set: shows a secret or a private key');
  }
  checkKids(objects);
  return uniqueKeys(objects.flatMap(readEntry));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Also counts entries that are left out: which of two was meant is not ours to guess. */
function checkKids(entries: readonly Readonly<Record<string, unknown>>[]): void {
  const kids = entries.map((entry) => entry.kid).filter((kid) => kid !== undefined);
  if (new Set(kids).size !== kids.length) throw new OptionError('JWK set: one kid stands twice');
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
    if (byKid.has(key.kid)) throw new OptionError('keys: one kid stands twice');
    byKid.set(key.kid, key);
  }
  return byKid;
}
