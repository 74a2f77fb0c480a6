/**
 * Decodes canonical base64url: without padding, and with unused bits zero. Returns undefined for any other string. An
 * empty string gives an empty buffer.
 *
 * @see RFC 7515 §2, RFC 4648 §3.5
 */
export function decodeBase64url(text: string): Buffer | undefined {
  // Node skips invalid characters and also accepts the base64 alphabet. Encoding the result again detects both.
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

/** Returns how many base64url characters encode a number of bytes. */
export function encodedLength(bytes: number): number {
  return Math.ceil((bytes * 4) / 3);
}
