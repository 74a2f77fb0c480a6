import { allow, type Denial, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { readUserAccess } from '../../principal/access.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { UserRow } from '../../store/rows.js';
import { findPersonIdentity } from '../command/acting-key.js';
import { checkEmail } from '../command/label.js';
import { findUser } from '../users/create-user.js';

/** A person who has signed in at an identity provider, by the claims of a verified ID token. */
export interface SignedInSubject {
  /** Issuer of the ID token. */
  readonly issuer: string;
  /** Claim `sub`. */
  readonly subject: string;
  /** Claim `email`. Needed only until the subject is linked to a user. */
  readonly email: string | undefined;
  /** True if the identity provider states that the e-mail address belongs to the person (claim `email_verified`). */
  readonly isEmailVerified: boolean;
}

/** The user to whom a subject is linked. `isNew` is true if this sign-in created the link. */
export interface LinkedUser {
  readonly user: UserRow;
  readonly isNew: boolean;
}

/** Matches a subject: 1 to 255 ASCII characters. @see OpenID Connect Core 1.0 §2 */
const SUBJECT = /^[\x20-\x7e]{1,255}$/;

/**
 * Finds the user to whom a subject (a person at an identity provider) is linked. At the first sign-in, links the
 * subject to the user who has the subject's verified e-mail address. Refuses the sign-in if there is no such user, or
 * if the user is already linked to another subject. Creates no user.
 */
export async function linkSubject(
  tx: SecurityTransaction,
  { issuer, subject, email, isEmailVerified }: SignedInSubject,
  now: number,
): Promise<Outcome<LinkedUser>> {
  if (!SUBJECT.test(subject)) return denySignIn('the provider gives no valid subject');
  const [linked] = await tx.find('linkedSubject', { issuer, subject }, { limit: 1 });
  if (linked !== undefined) {
    const user = await tx.get('user', { uid: linked.uid });
    return user === undefined ? denySignIn('the user was deleted') : admit(tx, { user, isNew: false });
  }
  if (!isEmailVerified) return denySignIn('the e-mail address is not verified');
  const address = email === undefined ? undefined : toStoredAddress(email);
  if (address === undefined) return denySignIn('the provider gives no e-mail address');
  const user = await findUser(tx, address);
  if (user === undefined) return denySignIn('no user has the e-mail address');
  const [other] = await tx.find('linkedSubject', { uid: user.uid }, { limit: 1 });
  if (other !== undefined) return denyUser(tx, user, 'the user has another subject');
  const admitted = await admit(tx, { user, isNew: true });
  if (admitted.allowed) await tx.insert('linkedSubject', { issuer, subject, uid: user.uid, linkedAt: now });
  return admitted;
}

/**
 * Returns the address in the form in which addresses are stored. Returns undefined if the conversion would change more
 * than the case of ASCII letters. Such a conversion could make two different addresses equal, for example if one has a
 * Kelvin sign in place of a `k`.
 */
function toStoredAddress(email: string): string | undefined {
  const lower = email.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
  const checked = checkEmail('email', lower);
  return checked.allowed && checked.value === lower ? lower : undefined;
}

async function admit(tx: SecurityTransaction, linked: LinkedUser): Promise<Outcome<LinkedUser>> {
  if (linked.user.type !== 'standard') return denyUser(tx, linked.user, 'an API user');
  return linked.user.active ? allow(linked) : denyUser(tx, linked.user, 'deactivated');
}

/** Creates the refusal for a person who cannot sign in. The caller gets the same text for all reasons. */
export function denySignIn(reason: string): Denial {
  return deny('ERR_SIGN_IN_REFUSED', { reason: `sign-in: ${reason}` });
}

/**
 * Creates the refusal of a sign-in by a known user. The refusal contains the user, so that it is recorded in the audit
 * of the user's organizations.
 */
async function denyUser(tx: SecurityTransaction, user: UserRow, reason: string): Promise<Denial> {
  const identity = (await findPersonIdentity(tx, user.uid))?.id ?? user.uid;
  const organizations = [...(await readUserAccess(tx, user)).keys()];
  return { ...denySignIn(reason), caller: { identity, ident: user.email, organizations } };
}
