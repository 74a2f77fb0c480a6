import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Store } from '@flairgate/core/store';

/** A sign-in that has begun. The browser keeps it in a cookie, sealed under the master key. */
export interface PendingSignIn {
  /** Value that the provider's redirect must repeat. */
  readonly state: string;
  /** Value that the ID token must contain. */
  readonly nonce: string;
  /** PKCE code verifier. */
  readonly verifier: string;
  /** In milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

/** Time within which a sign-in must be completed, in seconds. */
export const SIGN_IN_SECONDS = 600;

/** Context under which the cookie is sealed, so that no other sealed value of the database can take its place. */
const CONTEXT = 'console-sign-in';

export function createPendingSignIn(now: number): PendingSignIn {
  const secret = () => randomBytes(32).toString('base64url');
  return { state: secret(), nonce: secret(), verifier: secret(), expiresAt: now + SIGN_IN_SECONDS * 1000 };
}

/** Returns the value of the cookie. */
export function sealSignIn({ material }: Pick<Store, 'material'>, pending: PendingSignIn): string {
  const { state, nonce, verifier, expiresAt } = pending;
  return material.seal(JSON.stringify([state, nonce, verifier, expiresAt]), CONTEXT);
}

/**
 * Decrypts the value of the cookie. Returns undefined if the value was changed, or was not encrypted for this cookie by
 * this service.
 */
export function openSignIn({ material }: Pick<Store, 'material'>, sealed: string): PendingSignIn | undefined {
  try {
    const [state, nonce, verifier, expiresAt] = JSON.parse(material.open(sealed, CONTEXT).toString('utf8'));
    return { state, nonce, verifier, expiresAt };
  } catch {
    return undefined;
  }
}

/** True if the redirect belongs to this sign-in. Takes the same time wherever the values differ. */
export function isStateOf({ state }: PendingSignIn, sent: string | undefined): boolean {
  const [own, other] = [Buffer.from(state), Buffer.from(sent ?? '')];
  return own.length === other.length && timingSafeEqual(own, other);
}
