const ANY_CASE_UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** True for a string in the format of a UUID, in upper or lower case. */
export function hasUuidForm(text: string): boolean {
  return ANY_CASE_UUID.test(text);
}

/**
 * Returns the id of an organization or user in its stored form: a UUID in lower case, any other string unchanged.
 * Programs on Windows and .NET write GUIDs in upper case.
 *
 * @see RFC 9562 section 4
 */
export function foldUuid(text: string): string {
  return hasUuidForm(text) ? text.toLowerCase() : text;
}
