import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Store } from '@flairgate/core/store';

/**
 * Sign-in that has begun but is not complete. The browser keeps the sign-in in a cookie, encrypted under the master
 * key.
 */
export interface PendingSignIn {
  /** Random value that the provider's redirect must repeat. */
  readonly state: string;
  /** Random value that the ID token must contain. */
  readonly nonce: string;
  /** PKCE code verifier. */
  readonly verifier: string;
  /** Time at which the sign-in expires, in milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

/** Time within which a sign-in must be completed, in seconds. */
export const SIGN_IN_SECONDS = 600;

/**
 * Encryption context of the cookie. An encrypted value of the database has another context, so that it cannot be used
 * as this cookie.
 */
const CONTEXT = 'console-sign-in';

export function createPendingSignIn(now: number): PendingSignIn {
  const secret = () => randomBytes(32).toString('base64url');
  return { state: secret(), nonce: secret(), verifier: secret(), expiresAt: now + SIGN_IN_SECONDS * 1000 };
}

/** Encrypts a pending sign-in. Returns the value of the sign-in's cookie. */
export function sealSignIn({ material }: Pick<Store, 'material'>, pending: PendingSignIn): string {
  const { state, nonce, verifier, expiresAt } = pending;
  return material.seal(JSON.stringify([state, nonce, verifier, expiresAt]), CONTEXT);
}

/**
 * Decrypts the value of the sign-in's cookie. Returns undefined if the value was changed after its encryption, or if
 * this service did not encrypt the value for this cookie.
 */
export function openSignIn({ material }: Pick<Store, 'material'>, sealed: string): PendingSignIn | undefined {
  try {
    const [state, nonce, verifier, expiresAt] = JSON.parse(material.open(sealed, CONTEXT).toString('utf8'));
    return { state, nonce, verifier, expiresAt };
  } catch {
    return undefined;
  }
}

/**
 * True if `sent`, the state in the redirect, equals the state of this sign-in. The comparison takes the same time
 * wherever the two values differ.
 */
export function isStateOf({ state }: PendingSignIn, sent: string | undefined): boolean {
  const [own, other] = [Buffer.from(state), Buffer.from(sent ?? '')];
  return own.length === other.length && timingSafeEqual(own, other);
}
