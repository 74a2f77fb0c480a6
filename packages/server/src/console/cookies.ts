import type { IncomingMessage } from 'node:http';

/**
 * Cookies of the console. The prefix `__Host-` makes browsers refuse a cookie of this name that was not set over a
 * secure connection by this very host.
 *
 * @see RFC 6265bis §4.1.3.2
 */
const COOKIES = {
  /** Encrypted state of a pending sign-in. `Lax`, so that browsers send the cookie with the provider's redirect. */
  signIn: { name: '__Host-flairgate-sign-in', sameSite: 'Lax' },
  /** The session. Read by two routes only, each of which checks `Origin`. */
  session: { name: '__Host-flairgate-session', sameSite: 'Strict' },
} as const;

/** Name of a cookie in the code. */
export type CookieName = keyof typeof COOKIES;

/** Longest value that is read. */
const MAX_CHARACTERS = 2048;

/** Returns the value of a cookie. Undefined if the request does not carry it exactly once. */
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
 * Returns the header that stores a cookie for `seconds`. With 0, the browser removes the cookie. The value must be plain
 * base64url, with dots.
 */
export function cookieHeader(cookie: CookieName, value: string, seconds: number): string {
  const { name, sameSite } = COOKIES[cookie];
  return `${name}=${value}; Max-Age=${seconds}; Path=/; Secure; HttpOnly; SameSite=${sameSite}`;
}
