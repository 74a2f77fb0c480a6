import { OptionError } from '../../../denial/errors.js';
import { isJsonObject, type JsonObject } from '../text/json-object.js';

/**
 * Name of a claim. A dot leads into an object (`resource_access.rules.roles`), unless the name contains a colon or a
 * slash (`https://example.com/roles`). A list of strings is a path into nested objects. The names in the list may
 * contain any characters.
 */
export type ClaimName = string | readonly string[];

/** Result for a claim that does not have the expected type or structure. */
export const WRONG_SHAPE = Symbol('wrong shape');

/** Parses the name of a claim. @throws OptionError if the name is empty or of the wrong type */
export function parseClaimName(option: string, claim: ClaimName): readonly string[] {
  const path = typeof claim !== 'string' ? claim : /[:/]/.test(claim) ? [claim] : claim.split('.');
  if (Array.isArray(path) && path.length > 0 && path.every((name) => typeof name === 'string' && name !== '')) {
    return path;
  }
  throw new OptionError(`${option}: claim must be a name, such as 'roles' or 'realm_access.roles'`);
}

/**
 * Returns the value of a claim. The result is undefined if the claim is absent or null. The result is `WRONG_SHAPE` if
 * the path leads through a value that is not an object.
 */
export function readClaim(payload: JsonObject, path: readonly string[]): unknown {
  let value: unknown = payload;
  for (const name of path) {
    if (!isJsonObject(value)) return WRONG_SHAPE;
    value = Object.hasOwn(value, name) ? value[name] : undefined;
    if (value === undefined || value === null) return undefined;
  }
  return value;
}

/** Claims whose string value is a list of words separated by spaces. @see RFC 8693 §4.2 */
const WORDS: readonly unknown[] = ['scope', 'scp'];

/**
 * Returns the values of a claim as a list. The claim may be a string, a list of strings, or, for `scope` and `scp`, a
 * string of words separated by spaces. If `keys` is true, the claim must be an object, and the names of its members are
 * returned.
 */
export function readTexts(
  payload: JsonObject,
  { path, keys }: { readonly path: readonly string[]; readonly keys: boolean },
): readonly string[] | typeof WRONG_SHAPE {
  const value = readClaim(payload, path);
  if (value === undefined) return [];
  if (keys) return isJsonObject(value) ? Object.keys(value) : WRONG_SHAPE;
  if (typeof value === 'string') return WORDS.includes(path.at(-1)) ? value.split(' ').filter(Boolean) : [value];
  return Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : WRONG_SHAPE;
}
