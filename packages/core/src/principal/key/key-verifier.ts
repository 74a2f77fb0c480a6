import { LRUCache } from 'lru-cache';
import { allow, type Denial, type Outcome } from '../../denial/denial.js';
import type { KeyRow } from '../../store/rows.js';
import type { ExistenceProbe, Store } from '../../store/store.js';
import type { ReadTransaction } from '../../store/transaction.js';
import type { FairQueue } from './fair-queue.js';
import type { VerifyOnce } from './hash/verify-once.js';
import type { Honeytokens } from './honeytokens.js';
import { denyKey, type FoundKey, lookUpKey, readOfKey } from './key-lookup.js';
import { createRangeCheck } from './ranges.js';
import { isNoKey } from './text.js';

/** The key that a caller sent, as a string, and the caller's address. Create one object per request. */
export interface SentKey {
  readonly text: string;
  /** Client address of the caller. Waiting lookups take turns by address. */
  readonly address: string | undefined;
  /** SHA-256 digest of `text`, under which caches store results for this key. @default computed when it is needed */
  readonly digest?: string;
  /** Lookup tag of `text`: the index value under which the key's secret is stored. Set by the first lookup. */
  tag?: string;
}

/** Options of {@link createKeyVerifier}. */
export interface KeyVerifierOptions {
  readonly store: Store;
  /** Returns the current time in milliseconds since the Unix epoch. */
  readonly now: () => number;
  readonly verifyOnce: VerifyOnce;
  /**
   * Reporter for uses of honeytokens (decoy keys).
   *
   * @default uses are not reported
   */
  readonly honeytokens?: Honeytokens | undefined;
  /**
   * Queue that limits how many lookups run at the same time.
   *
   * @default no limit
   */
  readonly turns?: FairQueue | undefined;
}

/** A caller's key that a service has received and sends to Flairgate for verification. */
export interface ServicePresentedKey<S> {
  readonly text: string;
  /** Name of the queue line in which the lookup waits. Lines take turns. */
  readonly line: string;
  /** Id of the service's own key. The row of the service's key is read in the same snapshot as the caller's key. */
  readonly keyId: string | null;
  /**
   * Reads the service in the same snapshot as the caller's key. If the result is a denial, the caller's key is not
   * looked up.
   */
  readService(tx: ReadTransaction): Promise<Outcome<S>>;
}

/** The service that sent a caller's key, and the result for that key: the verified key, or a denial. */
export interface VerifiedForService<S> {
  readonly service: S;
  readonly found: Outcome<FoundKey>;
}

/**
 * Verifies API keys: finds the key, reports honeytokens (decoy keys), checks the address, then compares the hash. The
 * gate, the token exchange and the introspection endpoint all use this interface. No other code verifies keys.
 */
export interface KeyVerifier {
  /**
   * Returns a denial if it is known, without waiting, that no key equals the string. Otherwise returns undefined. Call
   * this method before `verify`.
   *
   * @throws UnavailableError when the store cannot be reached.
   */
  refuse(sent: SentKey): Denial | undefined;
  /**
   * Verifies a key that is used from an address.
   *
   * Rejects with `UnavailableError` if the store cannot be reached or too many lookups wait.
   *
   * @param whenNotFound Called if no valid key has this text. Its result is returned in place of the denial.
   */
  verify(sent: SentKey, whenNotFound?: (denial: Denial) => Promise<Outcome<FoundKey>>): Promise<Outcome<FoundKey>>;
  /**
   * Verifies a key for a service. Does not check the address, because the service itself compares the caller's address
   * with the ranges in the result.
   */
  verifyForService<S>(presented: ServicePresentedKey<S>): Promise<Outcome<VerifiedForService<S>>>;
  /** Returns a function that checks whether an address is in a key's ranges. Equal ranges share one function. */
  readonly rangeCheck: typeof createRangeCheck;
  /** Waits until all honeytoken reports are written. */
  settled(): Promise<void>;
}

const unbounded: FairQueue = (_address, work) => work();

/**
 * Creates the {@link KeyVerifier} for a store. An unknown key costs one index lookup, outside any transaction. A key
 * that exists is read together with the revision in one snapshot. For a key that is remembered as valid, the index
 * lookup is skipped.
 */
export function createKeyVerifier(options: KeyVerifierOptions): KeyVerifier {
  const { store, now, verifyOnce, honeytokens, turns = unbounded } = options;
  const { tagOf, deny, remote } = createKeyIndex(store);
  const rangeCheck = rememberRangeChecks();
  const checkHash = async ({ text, digest }: SentKey, found: FoundKey): Promise<Outcome<FoundKey>> =>
    (await verifyOnce(text, found.secret, digest)) ? allow(found) : denyKey('has another hash');
  return {
    rangeCheck,
    refuse: deny,
    settled: async () => honeytokens?.settled(),
    async verify(sent, whenNotFound = async (denial) => denial) {
      const admitFrom = (key: KeyRow) => {
        honeytokens?.used(key, sent.address);
        return rangeCheck(key.ranges)(sent.address);
      };
      const found = await turns(sent.address, async () => {
        const tag = tagOf(sent);
        if (remote !== undefined && (await remote.isUnknown(tag))) return UNKNOWN;
        const read = await readOfKey(store, tag, (tx) => lookUpKey(tx, tag, now(), admitFrom));
        // A key from a wrong address must take as much work as a revoked key, including the existence check. Keys with
        // ranges are therefore not remembered.
        remote?.remember(tag, read.allowed && read.value.subject.key.ranges.length === 0);
        return read;
      });
      return found.allowed ? checkHash(sent, found.value) : whenNotFound(found);
    },
    async verifyForService({ text, line, keyId, readService }) {
      const sent: SentKey = { text, address: undefined };
      const tag = tagOf(sent);
      const readBoth = async (tx: ReadTransaction) => {
        const service = await readService(tx);
        return service.allowed ? allow({ service: service.value, found: await lookUpKey(tx, tag, now()) }) : service;
      };
      const read = await turns(line, () => readOfKey(store, tag, readBoth, keyId));
      if (!read.allowed) return read;
      const { service, found } = read.value;
      if (!found.allowed) return allow({ service, found });
      honeytokens?.used(found.value.subject.key, undefined);
      return allow({ service, found: await checkHash(sent, found.value) });
    },
  };
}

const IMPOSSIBLE = Object.freeze(denyKey('of a form no key has'));
const UNKNOWN = Object.freeze(denyKey('unknown'));

/** Creates the index of a store's keys. With the index, an unknown key can be refused without reading key rows. */
function createKeyIndex({ existenceProbe, material }: Store) {
  const tagOf = (sent: SentKey) => {
    sent.tag ??= material.tag(sent.text);
    return sent.tag;
  };
  return {
    tagOf,
    deny(sent: SentKey): Denial | undefined {
      if (isNoKey(sent.text)) return IMPOSSIBLE;
      if (existenceProbe?.kind !== 'sync') return undefined;
      return existenceProbe.mightExist('secret', { tag: tagOf(sent) }) ? undefined : UNKNOWN;
    },
    /** Asynchronous index of a store on another machine. Undefined for an embedded store. */
    remote: existenceProbe?.kind === 'async' ? createRemoteIndex(existenceProbe) : undefined,
  };
}

function createRemoteIndex(probe: Extract<ExistenceProbe, { readonly kind: 'async' }>) {
  const seen = new LRUCache<string, true>({ max: MAX_SEEN });
  return {
    /** True if no secret has this lookup tag. */
    isUnknown: async (tag: string) => !(seen.has(tag) || (await probe.mightExist('secret', { tag }))),
    remember: (tag: string, wasGood: boolean) => void (wasGood ? seen.set(tag, true) : seen.delete(tag)),
  };
}

/**
 * Maximum number of lookup tags whose keys are remembered as valid. A remembered key is read without first checking
 * that the key exists. After a change, each process reads its cached keys again. Skipping the check saves one statement
 * per key and process.
 */
const MAX_SEEN = 10_000;

/** Maximum number of cached range checks. */
const MAX_RANGE_CHECKS = 1000;

/**
 * Creates a cache of range checks. A revoked key is refused without parsing its ranges. Without the cache, the time to
 * parse ranges would therefore reveal that a key used from a wrong address is valid.
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
