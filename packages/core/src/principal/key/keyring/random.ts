/** Function that returns `count` random bytes. Always `randomBytes` of node:crypto, except in tests. */
export type RandomBytes = (count: number) => Uint8Array;

export const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * Smallest byte value that is dropped. Because 256 is not a multiple of 62, using the bytes from 248 to 255 would make
 * the first characters of the alphabet more likely than the others.
 */
const FIRST_UNFAIR_BYTE = 248;

/**
 * Maximum number of times that random bytes are drawn for one string. One draw is enough in 999 of 1,000 cases, so a
 * source of randomness that needs more than `MAX_DRAWS` draws is broken.
 */
const MAX_DRAWS = 64;

/** Creates `length` random base62 characters, all equally likely. */
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
