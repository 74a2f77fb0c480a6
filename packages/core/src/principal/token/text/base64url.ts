/**
 * Decodes canonical base64url: without padding, unused bits zero. Returns undefined for any other text, and no bytes
 * for an empty one.
 *
 * @see RFC 7515 §2, RFC 4648 §3.5
 */
export function decodeBase64url(text: string): Buffer | undefined {
  // Node skips other characters and also accepts the base64 alphabet; encoding again detects both.
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

/** Returns the number of base64url characters for a number of bytes. */
export function encodedLength(bytes: number): number {
  return Math.ceil((bytes * 4) / 3);
}
