import { compactVerify, errors } from 'jose';
import type { SignedText } from '../check-signature.js';
import type { TokenKey } from './algorithms.js';

/**
 * Resolves to true if jose verifies the signature of a token of another issuer with this key.
 *
 * The library only answers yes or no. What it reads is ignored: header and claims are those of our own strict parse.
 *
 * @throws whatever the library throws apart from a refusal.
 */
export async function isForeignSignature(
  { text }: Pick<SignedText, 'text'>,
  { algorithm, key }: TokenKey,
): Promise<boolean> {
  try {
    await compactVerify(text, key, { algorithms: [algorithm] });
    return true;
  } catch (error) {
    if (error instanceof errors.JOSEError) return false;
    throw error;
  }
}
