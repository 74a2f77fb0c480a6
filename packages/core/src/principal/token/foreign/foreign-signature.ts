import type { SignedText } from '../check-signature.js';
import { algorithms, type TokenKey } from './algorithms.js';

/** True if `node:crypto` verifies the signature of a token of another issuer with this key. */
export function isForeignSignature({ text, signature }: SignedText, { algorithm, key }: TokenKey): boolean {
  // The alphabet was checked, so one character is one byte.
  const signed = Buffer.from(text.slice(0, text.lastIndexOf('.')), 'latin1');
  return algorithms[algorithm].holds(signed, signature, key);
}
