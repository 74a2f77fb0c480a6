import { timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { SecretRow } from '../store/rows.js';

/** Verifies the hash of a secret, once for each in this process. */
export interface VerifyOnce {
  (text: string, secret: Pick<SecretRow, 'tag' | 'hash'>): Promise<boolean>;
  /** Notes a hash that was just made of a verified secret. */
  remember(tag: string, hash: string): void;
  /** Whether a secret with this tag was verified here. Says nothing of whether it is still good. */
  knows(tag: string): boolean;
}

/**
 * Remembers which stored hashes were verified, so that only the first use of a right key pays for one.
 *
 * `onVerified` is told of every right secret, whether a hash was computed for it or not.
 *
 * The tag is a MAC over the whole text: the same tag and the same stored hash mean the same text.
 */
export function createVerifyOnce(
  verify: (text: string, stored: string) => Promise<boolean>,
  maxCount: number,
  onVerified: (text: string, secret: Pick<SecretRow, 'tag' | 'hash'>) => void = () => undefined,
): VerifyOnce {
  const verified = new LRUCache<string, string>({ max: maxCount });
  const running = new Map<string, Promise<boolean>>();
  const verifyOnce = async (text: string, { tag, hash }: Pick<SecretRow, 'tag' | 'hash'>) => {
    const known = verified.get(tag);
    if (known !== undefined && isSame(known, hash)) {
      onVerified(text, { tag, hash });
      return true;
    }
    const id = `${tag}${hash}`;
    const shared = running.get(id) ?? verify(text, hash).finally(() => running.delete(id));
    running.set(id, shared);
    const right = await shared;
    if (right) {
      verified.set(tag, hash);
      onVerified(text, { tag, hash });
    }
    return right;
  };
  return Object.assign(verifyOnce, {
    remember: (tag: string, hash: string) => void verified.set(tag, hash),
    knows: (tag: string) => verified.has(tag),
  });
}

function isSame(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
