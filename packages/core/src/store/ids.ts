type Random = (bytes: number) => Uint8Array;

/** Creates a random UUID (version 4) in lower case. */
export function randomId(random: Random): string {
  return uuid(random(16), 4);
}

/**
 * Creates a UUID that sorts by time (version 7). It consists of 48 bits of the time in milliseconds, 12 bits of a
 * sequence number, and random bits.
 *
 * `sequence` orders events within one millisecond and wraps around at 4096.
 */
export function timeOrderedId(now: number, sequence: number, random: Random): string {
  const bytes = Uint8Array.from(random(16));
  new DataView(bytes.buffer).setBigUint64(0, (BigInt(now) << 16n) | BigInt(sequence % 4096));
  return uuid(bytes, 7);
}

/** Formats 16 bytes as a UUID of this version. @see RFC 9562 §5.4, §5.7 */
function uuid(source: Uint8Array, version: number): string {
  const bytes = Uint8Array.from(source);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4);
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** True if the string is a UUID in canonical form: lower case, with hyphens. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
