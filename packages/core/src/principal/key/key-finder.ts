import { LRUCache } from 'lru-cache';
import type { Denial, Outcome } from '../../denial/denial.js';
import type { Store } from '../../store/store.js';
import type { FairQueue } from './fair-queue.js';
import { type AdmitFrom, denyKey, type FoundKey, lookUpKey, readOfKey } from './key-lookup.js';
import { createRangeCheck } from './ranges.js';
import { isNoKey } from './text.js';

/** A key that somebody sent. */
export interface SentKey {
  readonly text: string;
  /** Where from; look-ups that must wait take turns by it. */
  readonly address: string | undefined;
}

/** Finds live keys by their text: ask `refuse` first, then `find`. Neither verifies the hash. */
export interface KeyFinder {
  /**
   * The refusal of a text that is no key's, where that can be told at once; undefined where it cannot.
   *
   * @throws UnavailableError when the store cannot be reached.
   */
  refuse(text: string): Denial | undefined;
  /** Rejects with `UnavailableError` when the store cannot be reached, or too many look-ups wait for it. */
  find(sent: SentKey, admitFrom: AdmitFrom): Promise<Outcome<FoundKey>>;
  /** Runs another look-up of a key among those of `find`, so that one bound holds for all of them. */
  readonly inTurn: FairQueue;
  /** Makes the check of a key's ranges, or gives the one that was made of the same before. */
  readonly rangeCheck: typeof createRangeCheck;
}

const atOnce: FairQueue = (_address, work) => work();
const IMPOSSIBLE = Object.freeze(denyKey('of a form no key has'));
const UNKNOWN = Object.freeze(denyKey('unknown'));

/**
 * Makes what finds the keys of a store.
 *
 * A text that is no key's costs one look at an index. Nothing is read beside it that would have to be of the same
 * moment; only for a key that is there, or was good when it was last read, key and revision are read in one snapshot.
 */
export function createKeyFinder(store: Store, now: () => number, turns: FairQueue = atOnce): KeyFinder {
  const { existenceProbe, material } = store;
  const seen = new LRUCache<string, true>({ max: MAX_SEEN });
  const remember = (tag: string, wasGood: boolean) => (wasGood ? seen.set(tag, true) : seen.delete(tag));
  const unknown = async (tag: string) =>
    existenceProbe?.kind === 'async' && !seen.has(tag) && !(await existenceProbe.mightExist('secret', { tag }));
  return {
    rangeCheck: rememberRangeChecks(),
    inTurn: turns,
    refuse(text) {
      if (isNoKey(text)) return IMPOSSIBLE;
      if (existenceProbe?.kind !== 'sync') return undefined;
      return existenceProbe.mightExist('secret', { tag: material.tag(text) }) ? undefined : UNKNOWN;
    },
    find: ({ text, address }, admitFrom) =>
      turns(address, async () => {
        const tag = material.tag(text);
        if (await unknown(tag)) return UNKNOWN;
        const found = await readOfKey(store, text, (tx) => lookUpKey(tx, material, text, now(), admitFrom));
        // From a wrong address it must cost what a dead key costs, look and all.
        if (existenceProbe?.kind === 'async')
          remember(tag, found.allowed && found.value.subject.key.ranges.length === 0);
        return found;
      }),
  };
}

/** Keys that are read again without a look for them: after a change all processes do so at once. */
const MAX_SEEN = 10_000;

/** Ranges that are kept ready. */
const MAX_RANGE_CHECKS = 1000;

/** Makes the check of the same ranges once: it costs more than all else that tells a wrong address from a dead key. */
function rememberRangeChecks(): typeof createRangeCheck {
  const checks = new LRUCache<string, ReturnType<typeof createRangeCheck>>({ max: MAX_RANGE_CHECKS });
  return (ranges) => {
    const name = ranges.join();
    const check = checks.get(name) ?? createRangeCheck(ranges);
    checks.set(name, check);
    return check;
  };
}
