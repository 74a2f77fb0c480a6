/**
 * Encodings of the Ed25519 points whose order is 8 or less, without the sign bit. With such a public key, anyone can
 * compute a signature that is valid for any text.
 *
 * @see RFC 8032 §5.1, Chalkias et al., "Taming the many EdDSAs", section 3
 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/**
 * True if 32 bytes encode an Ed25519 point of small order, in canonical form or not. Also true if the input does not
 * have 32 bytes.
 */
export function isSmallOrderPoint(encoded: Uint8Array): boolean {
  const bytes = Buffer.from(encoded);
  const last = bytes.length - 1;
  if (last !== 31) return true;
  bytes.writeUInt8(bytes.readUInt8(last) & 0x7f, last);
  return SMALL_ORDER.has(bytes.toString('hex'));
}
