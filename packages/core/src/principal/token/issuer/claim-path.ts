import { OptionError } from '../../../denial/errors.js';
import { isJsonObject, type JsonObject } from '../text/json-object.js';

/**
 * Name of a claim. Dots lead into objects (`resource_access.rules.roles`), unless the name has a colon or a slash
 * (`https://example.com/roles`). A list is a path whose names can contain anything.
 */
export type ClaimName = string | readonly string[];

/** A claim that is not of the stated shape. */
export const WRONG_SHAPE = Symbol('wrong shape');

/** Parses the name of a claim. @throws OptionError for a name that is empty */
export function parseClaimName(option: string, claim: ClaimName): readonly string[] {
  const path = typeof claim !== 'string' ? claim : /[:/]/.test(claim) ? [claim] : claim.split('.');
  if (Array.isArray(path) && path.length > 0 && path.every((name) => typeof name === 'string' && name !== '')) {
    return path;
  }
  throw new OptionError(`${option}: claim must be a name, such as 'roles' or 'realm_access.roles'`);
}

/** Returns the value of a claim; undefined if it is absent or null. */
export function readClaim(payload: JsonObject, path: readonly string[]): unknown {
  let value: unknown = payload;
  for (const name of path) {
    if (!isJsonObject(value)) return WRONG_SHAPE;
    value = Object.hasOwn(value, name) ? value[name] : undefined;
    if (value === undefined || value === null) return undefined;
  }
  return value;
}

/** Claims whose text is a list of words. @see RFC 8693 §4.2 */
const WORDS: readonly unknown[] = ['scope', 'scp'];

/**
 * Returns the texts of a claim: a text, a list of texts, the words of `scope` and `scp`, or with `keys` the member names
 * of an object.
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
