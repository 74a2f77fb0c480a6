import { LRUCache } from 'lru-cache';
import type { Denial, Outcome } from '../../denial/denial.js';
import type { Store } from '../../store/store.js';
import type { FairQueue } from './fair-queue.js';
import { type AdmitFrom, denyKey, type FoundKey, lookUpKey, readOfKey } from './key-lookup.js';
import { createRangeCheck } from './ranges.js';
import { isNoKey } from './text.js';

/** The key that a caller sent, as a string, and the caller's address. Create one object per request. */
export interface SentKey {
  readonly text: string;
  /** Client address of the caller. Waiting lookups take turns by address. */
  readonly address: string | undefined;
  /** Lookup tag of `text`, the index value under which its secret is stored. Set by the first lookup. */
  tag?: string;
}

/** Finds valid keys by their text. Call `refuse` first, then `find`. Neither method verifies the hash. */
export interface KeyFinder {
  /**
   * Returns the denial for a string that cannot be a key, if that is known without waiting. Otherwise returns
   * undefined.
   *
   * @throws UnavailableError when the store cannot be reached.
   */
  refuse(sent: SentKey): Denial | undefined;
  /** Finds a valid key. Rejects with `UnavailableError` if the store cannot be reached or too many lookups wait. */
  find(sent: SentKey, admitFrom: AdmitFrom): Promise<Outcome<FoundKey>>;
  /** Runs any other lookup in the same queue, so that one limit applies to all lookups. */
  readonly inTurn: FairQueue;
  /** Returns a function that checks whether an address is in a key's ranges. Equal ranges share one function. */
  readonly rangeCheck: typeof createRangeCheck;
}

const unbounded: FairQueue = (_address, work) => work();
const IMPOSSIBLE = Object.freeze(denyKey('of a form no key has'));
const UNKNOWN = Object.freeze(denyKey('unknown'));

/**
 * Creates a key finder. An unknown key costs one index lookup, outside any transaction. A key that exists, or that was
 * valid when it was last read, is read together with the revision in one snapshot.
 */
export function createKeyFinder(store: Store, now: () => number, turns: FairQueue = unbounded): KeyFinder {
  const { existenceProbe, material } = store;
  const seen = new LRUCache<string, true>({ max: MAX_SEEN });
  const tagOf = (sent: SentKey) => {
    sent.tag ??= material.tag(sent.text);
    return sent.tag;
  };
  const remember = (tag: string, wasGood: boolean) => (wasGood ? seen.set(tag, true) : seen.delete(tag));
  const unknown = async (tag: string) =>
    existenceProbe?.kind === 'async' && !seen.has(tag) && !(await existenceProbe.mightExist('secret', { tag }));
  return {
    rangeCheck: rememberRangeChecks(),
    inTurn: turns,
    refuse(sent) {
      if (isNoKey(sent.text)) return IMPOSSIBLE;
      if (existenceProbe?.kind !== 'sync') return undefined;
      return existenceProbe.mightExist('secret', { tag: tagOf(sent) }) ? undefined : UNKNOWN;
    },
    find: (sent, admitFrom) =>
      turns(sent.address, async () => {
        const tag = tagOf(sent);
        if (await unknown(tag)) return UNKNOWN;
        const found = await readOfKey(store, tag, (tx) => lookUpKey(tx, tag, now(), admitFrom));
        // A key from a wrong address must cost as much as a revoked key, including the probe. So keys with ranges are
        // not remembered.
        if (existenceProbe?.kind === 'async')
          remember(tag, found.allowed && found.value.subject.key.ranges.length === 0);
        return found;
      }),
  };
}

/**
 * Maximum number of keys remembered as valid. A remembered key is read without first probing that it exists, because
 * after a change all processes read the same keys again.
 */
const MAX_SEEN = 10_000;

/** Maximum number of cached range checks. */
const MAX_RANGE_CHECKS = 1000;

/**
 * Creates a cache of range checks. Without it, the time to parse the ranges would reveal a valid key used from a wrong
 * address, because a revoked key is refused without parsing.
 */
function rememberRangeChecks(): typeof createRangeCheck {
  const checks = new LRUCache<string, ReturnType<typeof createRangeCheck>>({ max: MAX_RANGE_CHECKS });
  return (ranges) => {
    const name = ranges.join();
    const check = checks.get(name) ?? createRangeCheck(ranges);
    checks.set(name, check);
    return check;
  };
}
