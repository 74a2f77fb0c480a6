/** Matches paths that need no escaping in Express patterns and URLs. */
const PLAIN_PATH = /^(?:\/[A-Za-z0-9._~-]+)+$/;

/**
 * Returns the path in the issuer's URL, such as `/auth`, under which the service is served. Returns an empty string if
 * the issuer is not a URL, or if its path is empty or contains characters that need escaping.
 */
export function basePathOf(issuer: string): string {
  if (!URL.canParse(issuer)) return '';
  const path = new URL(issuer).pathname.replace(/\/+$/, '');
  return PLAIN_PATH.test(path) ? path : '';
}
