import { allow, type Denial, type Outcome } from '../../denial/denial.js';
import type { KeyRow } from '../../store/rows.js';
import type { Store } from '../../store/store.js';
import type { ReadTransaction } from '../../store/transaction.js';
import type { FairQueue } from './fair-queue.js';
import type { VerifyOnce } from './hash/verify-once.js';
import type { Honeytokens } from './honeytokens.js';
import { createKeyFinder, type SentKey } from './key-finder.js';
import { denyKey, type FoundKey, lookUpKey, readOfKey } from './key-lookup.js';
import type { createRangeCheck } from './ranges.js';

/** Options of {@link createKeyVerifier}. */
export interface KeyVerifierOptions {
  readonly store: Store;
  /** Returns milliseconds since 1970. */
  readonly now: () => number;
  readonly verifyOnce: VerifyOnce;
  /**
   * @default uses of honeytokens are not reported
   */
  readonly honeytokens?: Honeytokens | undefined;
  /**
   * @default no limit on lookups that run at the same time
   */
  readonly turns?: FairQueue | undefined;
}

/** A caller's key that a service presents. */
export interface ServicePresentedKey<S> {
  readonly text: string;
  /** Line of the queue in which the lookup waits. */
  readonly line: string;
  /** Id of the service's own key: its row is read in the same snapshot. */
  readonly keyId: string | null;
  /** Reads the service. If it returns a denial, the key is not looked up. */
  readService(tx: ReadTransaction): Promise<Outcome<S>>;
}

/** The service, with the verified key or its denial. */
export interface VerifiedForService<S> {
  readonly service: S;
  readonly found: Outcome<FoundKey>;
}

/**
 * Verifies API keys: finds the key, reports honeytokens, checks the address, then compares the hash. The gate, the
 * exchange and introspection all use it, and no other code verifies keys.
 */
export interface KeyVerifier {
  /**
   * Returns the denial of a text that cannot be a key, if that is known without a promise; undefined if it is not.
   * Call it before `verify`.
   *
   * @throws UnavailableError when the store cannot be reached.
   */
  refuse(sent: SentKey): Denial | undefined;
  /**
   * Verifies a key that is used from an address.
   *
   * Rejects with `UnavailableError` if the store cannot be reached or too many lookups wait.
   *
   * @param whenNotFound Returns the answer if no valid key has this text, instead of the denial.
   * @param whenNotFound Answers in place of the denial where the text is of no key that may be used.
   */
  verify(sent: SentKey, whenNotFound?: (denial: Denial) => Promise<Outcome<FoundKey>>): Promise<Outcome<FoundKey>>;
  /** Verifies a key for a service. Does not check the address: the service checks it with the ranges in the answer. */
  verifyForService<S>(presented: ServicePresentedKey<S>): Promise<Outcome<VerifiedForService<S>>>;
  /** Returns the function that checks if an address is in a key's ranges. Equal ranges get the same function. */
  readonly rangeCheck: typeof createRangeCheck;
  /** Waits until all reports of honeytokens are written. */
  settled(): Promise<void>;
}

/** Creates the {@link KeyVerifier} of a store. */
export function createKeyVerifier(options: KeyVerifierOptions): KeyVerifier {
  const { store, now, verifyOnce, honeytokens, turns } = options;
  const finder = createKeyFinder(store, now, turns);
  const checkHash = async (text: string, found: FoundKey): Promise<Outcome<FoundKey>> =>
    (await verifyOnce(text, found.secret)) ? allow(found) : denyKey('has another hash');
  return {
    rangeCheck: finder.rangeCheck,
    refuse: finder.refuse,
    settled: async () => honeytokens?.settled(),
    async verify(sent, whenNotFound = async (denial) => denial) {
      const admitFrom = (key: KeyRow) => {
        honeytokens?.used(key, sent.address);
        return finder.rangeCheck(key.ranges)(sent.address);
      };
      const found = await finder.find(sent, admitFrom);
      return found.allowed ? checkHash(sent.text, found.value) : whenNotFound(found);
    },
    async verifyForService({ text, line, keyId, readService }) {
      const tag = store.material.tag(text);
      const readBoth = async (tx: ReadTransaction) => {
        const service = await readService(tx);
        return service.allowed ? allow({ service: service.value, found: await lookUpKey(tx, tag, now()) }) : service;
      };
      const read = await finder.inTurn(line, () => readOfKey(store, tag, readBoth, keyId));
      if (!read.allowed) return read;
      const { service, found } = read.value;
      if (!found.allowed) return allow({ service, found });
      honeytokens?.used(found.value.subject.key, undefined);
      return allow({ service, found: await checkHash(text, found.value) });
    },
  };
}
