import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import type { RandomBytes } from './random.js';

const VERSION = 'v1.';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts with AES-256-GCM and a random nonce. The result is `v1.` and the base64url of nonce, ciphertext and tag.
 *
 * `context` is authenticated together with the value. The same context is needed to decrypt the value.
 *
 * @see NIST SP 800-38D §8.2.2: at most 2^32 values under one key
 */
export function seal(key: KeyObject, plaintext: Uint8Array | string, context: string, random: RandomBytes): string {
  const nonce = Buffer.from(random(NONCE_BYTES));
  if (nonce.length !== NONCE_BYTES) throw new Error('the source of randomness gives no usable bytes');
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(context, 'utf8'));
  const bytes = typeof plaintext === 'string' ? Buffer.from(plaintext, 'utf8') : plaintext;
  const parts = [nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()];
  return VERSION + Buffer.concat(parts).toString('base64url');
}

/** Decrypts a sealed value. @throws Error if the key or the context is wrong, or if any bit of the value was changed */
export function unseal(key: KeyObject, sealed: string, context: string): Buffer {
  const bytes = Buffer.from(sealed.slice(VERSION.length), 'base64url');
  if (!sealed.startsWith(VERSION) || bytes.length < NONCE_BYTES + TAG_BYTES) throw notOpened();
  const end = bytes.length - TAG_BYTES;
  try {
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(context, 'utf8'));
    decipher.setAuthTag(bytes.subarray(end));
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, end)), decipher.final()]);
  } catch {
    throw notOpened();
  }
}

function notOpened(): Error {
  return new Error('a sealed value cannot be opened: it was changed, or sealed under another key');
}
