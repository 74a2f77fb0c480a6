import { hash as digest, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { SecretRow } from '../../../store/rows.js';

/** What is compared with the text of a secret. */
type StoredSecret = Pick<SecretRow, 'tag' | 'hash'>;

/** Verifies the hash of a secret, once for each in this process. */
export interface VerifyOnce {
  (text: string, secret: StoredSecret): Promise<boolean>;
  /** Notes a hash that was just made of a verified text, or compared with it. */
  remember(text: string, secret: StoredSecret): void;
  /** True if this text was verified here. Says nothing of whether its key is still good. */
  knows(text: string): boolean;
}

/**
 * Remembers which stored hashes were verified, so that only the first use of a right key pays for one.
 *
 * `onVerified` is told of every right secret, whether a hash was computed for it or not.
 *
 * What is remembered, and what is still being verified, is named by a digest of the whole text besides the tag and the
 * stored hash: a verdict on one text is never given for another, whatever the tag says of it.
 */
export function createVerifyOnce(
  verify: (text: string, stored: string) => Promise<boolean>,
  maxCount: number,
  onVerified: (text: string, secret: StoredSecret) => void = () => undefined,
): VerifyOnce {
  const verified = new LRUCache<string, StoredSecret>({ max: maxCount });
  const running = new Map<string, Promise<boolean>>();
  const remember = (text: string, { tag, hash }: StoredSecret) => void verified.set(nameOf(text), { tag, hash });
  const verifyOnce = async (text: string, { tag, hash }: StoredSecret) => {
    const name = nameOf(text);
    const known = verified.get(name);
    const isKnown = known !== undefined && isSame(known.tag, tag) && isSame(known.hash, hash);
    if (!isKnown) {
      const id = JSON.stringify([name, tag, hash]);
      const shared = running.get(id) ?? verify(text, hash).finally(() => running.delete(id));
      running.set(id, shared);
      if (!(await shared)) return false;
      remember(text, { tag, hash });
    }
    onVerified(text, { tag, hash });
    return true;
  };
  return Object.assign(verifyOnce, { remember, knows: (text: string) => verified.has(nameOf(text)) });
}

function nameOf(text: string): string {
  return digest('sha256', text, 'base64');
}

function isSame(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
