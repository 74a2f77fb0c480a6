import { timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { credentialDigest } from '../../../credential/credential-digest.js';
import type { SecretRow } from '../../../store/rows.js';

/** The stored columns that a secret is verified against. */
type StoredSecret = Pick<SecretRow, 'tag' | 'hash'>;

/** Verifies that a secret matches its stored hash. Each process computes the hash of a valid secret only once. */
export interface VerifyOnce {
  /**
   * Resolves to true if the secret matches the stored hash.
   *
   * @param digest Digest of the text, if the caller has already computed it.
   */
  (text: string, secret: StoredSecret, digest?: string): Promise<boolean>;
  /** Records that a secret was verified against this hash. */
  remember(text: string, secret: StoredSecret): void;
  /** True if this process has verified the secret. The secret's key may have become invalid since then. */
  knows(text: string): boolean;
}

/**
 * Creates a cache of verified secrets, so that only the first use of a valid key computes a hash.
 *
 * `onVerified` is called each time a secret matches, even if no hash was computed.
 *
 * A cached result or a running verification is reused only if the SHA-256 of the whole secret, the lookup tag and the
 * stored hash are all the same. Two secrets with the same tag therefore never share a result.
 */
export function createVerifyOnce(
  verify: (text: string, stored: string) => Promise<boolean>,
  maxCount: number,
  onVerified: (text: string, secret: StoredSecret) => void = () => undefined,
): VerifyOnce {
  const verified = new LRUCache<string, StoredSecret>({ max: maxCount });
  const running = new Map<string, Promise<boolean>>();
  const remember = (text: string, { tag, hash }: StoredSecret) =>
    void verified.set(credentialDigest(text), { tag, hash });
  const verifyOnce = async (text: string, { tag, hash }: StoredSecret, digest = credentialDigest(text)) => {
    const known = verified.get(digest);
    const isKnown = known !== undefined && isSameText(known.tag, tag) && isSameText(known.hash, hash);
    if (!isKnown) {
      const id = JSON.stringify([digest, tag, hash]);
      const shared = running.get(id) ?? verify(text, hash).finally(() => running.delete(id));
      running.set(id, shared);
      if (!(await shared)) return false;
      verified.set(digest, { tag, hash });
    }
    onVerified(text, { tag, hash });
    return true;
  };
  return Object.assign(verifyOnce, { remember, knows: (text: string) => verified.has(credentialDigest(text)) });
}

function isSameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
