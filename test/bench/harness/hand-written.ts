import { hash } from 'node:crypto';
import { loadPeer } from './peers.js';

/** An LRU cache, from the most used library. */
interface Cache<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): unknown;
}

/** Says what the caller of a text may do; undefined for one that is not known. */
export type KnownCallers = (text: string) => ReadonlySet<string> | undefined;

/** A lookup as written by hand: an LRU cache by the text itself or by its digest. */
export async function handWrittenCallers(
  text: string,
  permissions: readonly string[],
  keyedBy: 'text' | 'digest',
): Promise<KnownCallers> {
  const { LRUCache } = await loadPeer<{
    LRUCache: new (options: { max: number }) => Cache<ReadonlySet<string>>;
  }>('lru.js');
  const known = new LRUCache({ max: 10_000 });
  const digest = (sent: string) => hash('sha256', sent, 'base64');
  known.set(keyedBy === 'text' ? text : digest(text), new Set(permissions));
  return keyedBy === 'text' ? (sent) => known.get(sent) : (sent) => known.get(digest(sent));
}
