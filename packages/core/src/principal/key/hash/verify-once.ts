import { hash as digest, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { SecretRow } from '../../../store/rows.js';

/** The stored part of a secret that a text is compared with. */
type StoredSecret = Pick<SecretRow, 'tag' | 'hash'>;

/** Verifies the hash of a secret, once per secret and process. */
export interface VerifyOnce {
  (text: string, secret: StoredSecret): Promise<boolean>;
  /** Stores that a text was verified for this hash. */
  remember(text: string, secret: StoredSecret): void;
  /** True if this text was verified in this process. Its key can be invalid by now. */
  knows(text: string): boolean;
}

/**
 * Creates a cache of verified hashes, so that only the first use of a valid key computes one.
 *
 * `onVerified` is called for every matching secret, whether or not a hash was computed.
 *
 * Entries, and verifications in progress, are identified by a digest of the whole text in addition to the tag and the
 * stored hash. So a result for one text is never returned for another, even if both have the same tag.
 */
export function createVerifyOnce(
  verify: (text: string, stored: string) => Promise<boolean>,
  maxCount: number,
  onVerified: (text: string, secret: StoredSecret) => void = () => undefined,
): VerifyOnce {
  const verified = new LRUCache<string, StoredSecret>({ max: maxCount });
  const running = new Map<string, Promise<boolean>>();
  const remember = (text: string, { tag, hash }: StoredSecret) => void verified.set(secretDigest(text), { tag, hash });
  const verifyOnce = async (text: string, { tag, hash }: StoredSecret) => {
    const name = secretDigest(text);
    const known = verified.get(name);
    const isKnown = known !== undefined && isSameText(known.tag, tag) && isSameText(known.hash, hash);
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
  return Object.assign(verifyOnce, { remember, knows: (text: string) => verified.has(secretDigest(text)) });
}

function secretDigest(text: string): string {
  return digest('sha256', text, 'base64');
}

function isSameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
