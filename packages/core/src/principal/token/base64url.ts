const ALPHABET = /^[A-Za-z0-9_-]+$/;

/** Bits of the last character that carry nothing, by length modulo 4, as a mask over its 6 bits. */
const UNUSED_BITS = [0, undefined, 0b1111, 0b11] as const;

/**
 * Tells whether the text is the one spelling of some bytes: base64url without padding, unused bits zero, not empty.
 *
 * Says the same as "decode, encode again, compare", without doing either.
 *
 * @see RFC 7515 §2, RFC 4648 §3.5
 */
export function isCanonicalBase64url(text: string): boolean {
  const unused = UNUSED_BITS[text.length % 4];
  if (unused === undefined || !ALPHABET.test(text)) return false;
  return (sextet(text.charCodeAt(text.length - 1)) & unused) === 0;
}

/** The bytes behind a canonical text; undefined for any other. An empty text is no bytes. */
export function decodeBase64url(text: string): Buffer | undefined {
  if (text === '') return Buffer.alloc(0);
  return isCanonicalBase64url(text) ? Buffer.from(text, 'base64url') : undefined;
}

/** Number of bytes a canonical text of this length stands for. */
export function decodedLength(characters: number): number {
  return Math.floor((characters * 3) / 4);
}

/** Number of characters these bytes take. */
export function encodedLength(bytes: number): number {
  return Math.ceil((bytes * 4) / 3);
}

/** Value of a character of the alphabet. */
function sextet(code: number): number {
  if (code >= 97) return code - 71;
  if (code === 95) return 63;
  if (code >= 65) return code - 65;
  return code >= 48 ? code + 4 : 62;
}
