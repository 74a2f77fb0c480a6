import { LRUCache } from 'lru-cache';
import type { Denial, Outcome } from '../../denial/denial.js';
import type { Store } from '../../store/store.js';
import type { FairQueue } from './fair-queue.js';
import { type AdmitFrom, denyKey, type FoundKey, lookUpKey, readOfKey } from './key-lookup.js';
import { createRangeCheck } from './ranges.js';
import { isNoKey } from './text.js';

/** The text of a key that was sent, and the address that sent it. Create one object for each request. */
export interface SentKey {
  readonly text: string;
  /** Address of the caller. Waiting lookups take turns by address. */
  readonly address: string | undefined;
  /** Lookup tag of the text. The first lookup computes it. */
  tag?: string;
}

/** Finds valid keys by their text: call `refuse` first, then `find`. Neither verifies the hash. */
export interface KeyFinder {
  /**
   * Returns the denial of a text that cannot be a key, if that is known without a promise; undefined if it is not.
   *
   * @throws UnavailableError when the store cannot be reached.
   */
  refuse(sent: SentKey): Denial | undefined;
  /** Finds a valid key. Rejects with `UnavailableError` if the store cannot be reached or too many lookups wait. */
  find(sent: SentKey, admitFrom: AdmitFrom): Promise<Outcome<FoundKey>>;
  /** Runs another lookup of a key in the same queue, so that one limit applies to all lookups. */
  readonly inTurn: FairQueue;
  /** Returns the function that checks if an address is in a key's ranges. Equal ranges get the same function. */
  readonly rangeCheck: typeof createRangeCheck;
}

const unbounded: FairQueue = (_address, work) => work();
const IMPOSSIBLE = Object.freeze(denyKey('of a form no key has'));
const UNKNOWN = Object.freeze(denyKey('unknown'));

/**
 * Creates a key finder. An unknown key costs one index lookup, outside any transaction. Key and revision are read in
 * one snapshot, and only for a key that exists or was valid when it was last read.
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
        // A key from a wrong address must cost what a revoked key costs, with the probe.
        if (existenceProbe?.kind === 'async')
          remember(tag, found.allowed && found.value.subject.key.ranges.length === 0);
        return found;
      }),
  };
}

/**
 * Most keys remembered as valid. They are read without a probe: after a change, all processes read the same keys again.
 */
const MAX_SEEN = 10_000;

/** Most range checks that are cached. */
const MAX_RANGE_CHECKS = 1000;

/**
 * Creates a cache of range checks. Otherwise parsing ranges would be the most measurable difference between a wrong
 * address and a revoked key.
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
