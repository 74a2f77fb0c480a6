import { compactVerify, errors } from 'jose';
import type { SignedText } from '../check-signature.js';
import type { TokenKey } from './algorithms.js';

/**
 * Resolves to true if jose verifies the signature of an external issuer's token with this key.
 *
 * Only the result of the verification is used. The header and the claims come from our own strict parser.
 *
 * @throws any error of the library other than a failed verification.
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
