const ANY_CASE_UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** True for a string in the format of a UUID, in upper or lower case. */
export function hasUuidForm(text: string): boolean {
  return ANY_CASE_UUID.test(text);
}

/**
 * Converts the id of an organization or user to the form in which it is stored. A UUID is converted to lower case,
 * because programs on Windows and .NET write GUIDs in upper case. Any other string is returned unchanged.
 *
 * @see RFC 9562 section 4
 */
export function foldUuid(text: string): string {
  return hasUuidForm(text) ? text.toLowerCase() : text;
}
