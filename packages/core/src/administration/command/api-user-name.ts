import type { UserRow } from '../../store/rows.js';

/** No mail is ever delivered there (RFC 2606 section 2), and no person's address is under it. */
const DOMAIN = 'api.invalid';

/**
 * The address an API user is stored under: its name, percent-encoded, at its organization.
 *
 * Every user has an address and no two have the same, so names are unique in an organization by that alone.
 */
export function apiUserEmail(oid: string, name: string): string {
  return `${encodeURIComponent(name)}@${oid}.${DOMAIN}`;
}

/** The name an API user was given. */
export function apiUserName({ email }: Pick<UserRow, 'email'>): string {
  return decodeURIComponent(email.slice(0, email.lastIndexOf('@')));
}

/** Whether only an API user may have this address. */
export function isApiUserEmail(email: string): boolean {
  return email.toLowerCase().endsWith(`.${DOMAIN}`);
}
