/** Matches paths that need no escaping in Express patterns and URLs. */
const PLAIN_PATH = /^(?:\/[A-Za-z0-9._~-]+)+$/;

/**
 * Returns the path in the issuer's URL, such as `/auth`, under which the service is served. Empty if the URL has no
 * path or the issuer is not a URL.
 */
export function basePathOf(issuer: string): string {
  if (!URL.canParse(issuer)) return '';
  const path = new URL(issuer).pathname.replace(/\/+$/, '');
  return PLAIN_PATH.test(path) ? path : '';
}
