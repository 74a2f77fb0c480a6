/** Matches a key in the format `fg`: prefix, key id, secret and checksum. */
export const WHOLE_KEY = /^fg_[0-9A-Za-z]{43}$/;

/** Matches a key in the format `uuid`: a random UUID in lower case. */
export const RANDOM_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * True for a string in one of our own key formats, even with a wrong checksum. Our bearer tokens never match, because
 * they contain dots. Imported keys may have any format and are not recognized.
 */
export function hasKeyForm(text: string): boolean {
  return WHOLE_KEY.test(text) || RANDOM_UUID.test(text);
}
