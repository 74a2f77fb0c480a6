import { isUuid } from '../../../store/ids.js';

export const UUID_BYTES = 16;

/** Returns the 16 bytes of a canonical UUID. Undefined for any other string. */
export function uuidBytes(text: string): Buffer | undefined {
  return isUuid(text) ? Buffer.from(text.replaceAll('-', ''), 'hex') : undefined;
}

/** Returns the UUID whose bytes start at `offset`, as a string. */
export function uuidText(bytes: Buffer, offset: number): string {
  const hex = bytes.toString('hex', offset, offset + UUID_BYTES);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Returns the index of a UUID in a buffer of sorted UUIDs, or -1. Binary search without allocations. */
export function findUuid(sorted: Buffer, wanted: Buffer): number {
  let low = 0;
  let high = sorted.length / UUID_BYTES - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = compareAt(sorted, middle * UUID_BYTES, wanted, 0);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Compares the UUIDs at two offsets. The result is negative, 0 or positive. */
export function compareAt(left: Buffer, leftOffset: number, right: Buffer, rightOffset: number): number {
  for (let at = 0; at < UUID_BYTES; at += 1) {
    const difference = (left[leftOffset + at] ?? 0) - (right[rightOffset + at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
