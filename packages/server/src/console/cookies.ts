import type { IncomingMessage } from 'node:http';

/**
 * Cookies of the console. Browsers accept a cookie whose name starts with `__Host-` only if it was set over a secure
 * connection by the same host that receives the cookie.
 *
 * @see RFC 6265bis §4.1.3.2
 */
const COOKIES = {
  /**
   * Encrypted state of a sign-in that is not complete. `Lax` lets browsers send this cookie with the provider's
   * redirect.
   */
  signIn: { name: '__Host-flairgate-sign-in', sameSite: 'Lax' },
  /** Session of a signed-in user. Only two routes read this cookie, and both check `Origin`. */
  session: { name: '__Host-flairgate-session', sameSite: 'Strict' },
} as const;

/** Name by which the code refers to a cookie: a key of `COOKIES`. */
export type CookieName = keyof typeof COOKIES;

/** Maximum length of a cookie's value, in characters. A longer value is ignored. */
const MAX_CHARACTERS = 2048;

/**
 * Returns the value of a cookie. Returns undefined if the request contains no such cookie, contains it more than once,
 * or contains a value that is too long.
 */
export function readCookie({ headers }: IncomingMessage, cookie: CookieName): string | undefined {
  const { name } = COOKIES[cookie];
  const values = (headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  const [value] = values;
  return values.length === 1 && value !== undefined && value.length <= MAX_CHARACTERS ? value : undefined;
}

/**
 * Returns the value of the `Set-Cookie` header that stores a cookie for this number of seconds. With 0 seconds, the
 * browser removes the cookie. The cookie's value may contain only base64url characters and dots.
 */
export function cookieHeader(cookie: CookieName, value: string, seconds: number): string {
  const { name, sameSite } = COOKIES[cookie];
  return `${name}=${value}; Max-Age=${seconds}; Path=/; Secure; HttpOnly; SameSite=${sameSite}`;
}
