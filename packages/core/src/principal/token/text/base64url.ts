/**
 * The bytes behind the one spelling they have: base64url without padding, unused bits zero. Undefined for any other
 * text; an empty one is no bytes.
 *
 * @see RFC 7515 §2, RFC 4648 §3.5
 */
export function decodeBase64url(text: string): Buffer | undefined {
  // Node reads over what is not base64url, and takes the other alphabet too: none of it comes out again.
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

/** Number of characters these bytes take. */
export function encodedLength(bytes: number): number {
  return Math.ceil((bytes * 4) / 3);
}
