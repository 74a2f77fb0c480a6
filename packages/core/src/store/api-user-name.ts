import type { UserRow } from './rows.js';

/** Mail to this domain is never delivered (RFC 2606 section 2), so no person has an address in it. */
const DOMAIN = 'api.invalid';

/**
 * Returns the address an API user is stored under: its name, percent-encoded, at its organization.
 *
 * Every user has an address and no two users share one, so the names of API users are unique in an organization.
 */
export function apiUserEmail(oid: string, name: string): string {
  return `${encodeURIComponent(name)}@${oid}.${DOMAIN}`;
}

/** Returns the name an API user was created with. */
export function apiUserName({ email }: Pick<UserRow, 'email'>): string {
  return decodeURIComponent(email.slice(0, email.lastIndexOf('@')));
}

/** True if only an API user can have this address. */
export function isApiUserEmail(email: string): boolean {
  return email.toLowerCase().endsWith(`.${DOMAIN}`);
}
