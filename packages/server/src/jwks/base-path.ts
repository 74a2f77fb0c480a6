/** Paths that need no escaping, neither in a pattern of Express nor in a URL. */
const PLAIN_PATH = /^(?:\/[A-Za-z0-9._~-]+)+$/;

/**
 * Returns the path under which the issuer's URL says that the service is served, such as `/auth`; empty at the root of
 * its host, and for an issuer that is no URL.
 */
export function basePathOf(issuer: string): string {
  if (!URL.canParse(issuer)) return '';
  const path = new URL(issuer).pathname.replace(/\/+$/, '');
  return PLAIN_PATH.test(path) ? path : '';
}
