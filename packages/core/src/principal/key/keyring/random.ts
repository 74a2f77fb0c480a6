/** Gives that many random bytes. `randomBytes` of node:crypto everywhere but in tests. */
export type RandomBytes = (count: number) => Uint8Array;

export const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Bytes from here on are dropped: 256 is no multiple of 62, and the rest would favour the first characters. */
const FIRST_UNFAIR_BYTE = 248;

/** Each draw gives enough but once in a thousand; a source that needs more than this is broken. */
const MAX_DRAWS = 64;

/** Makes `length` characters of base62, each of the 62 equally likely. */
export function randomBase62(length: number, random: RandomBytes): string {
  let text = '';
  for (let draw = 0; draw < MAX_DRAWS; draw += 1) {
    for (const byte of random(length * 2)) {
      if (byte < FIRST_UNFAIR_BYTE) text += BASE62[byte % 62];
      if (text.length === length) return text;
    }
  }
  throw new Error('the source of randomness gives no usable bytes');
}
