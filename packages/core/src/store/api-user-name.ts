import type { UserRow } from './rows.js';

/** A domain to which mail is never delivered (RFC 2606 §2), so no person has an address in it. */
const DOMAIN = 'api.invalid';

/**
 * Returns the placeholder e-mail address of an API user: the percent-encoded name at a placeholder domain that contains
 * the organization id.
 *
 * Addresses of users are unique, so the names of API users are unique within an organization.
 */
export function apiUserEmail(oid: string, name: string): string {
  return `${encodeURIComponent(name)}@${oid}.${DOMAIN}`;
}

/** Returns the name with which an API user was created. */
export function apiUserName({ email }: Pick<UserRow, 'email'>): string {
  return decodeURIComponent(email.slice(0, email.lastIndexOf('@')));
}

/** True if only an API user can have this address. */
export function isApiUserEmail(email: string): boolean {
  return email.toLowerCase().endsWith(`.${DOMAIN}`);
}
