const ANY_CASE_UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** True for text that has the form of a UUID, in either case. */
export function hasUuidForm(text: string): boolean {
  return ANY_CASE_UUID.test(text);
}

/**
 * Returns the id of an organization or user as it is stored: a UUID in lower case, other text unchanged. Programs on
 * Windows and .NET print GUIDs in capitals.
 *
 * @see RFC 9562 section 4
 */
export function foldUuid(text: string): string {
  return hasUuidForm(text) ? text.toLowerCase() : text;
}
