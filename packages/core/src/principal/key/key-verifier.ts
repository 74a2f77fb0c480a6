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

/** A caller's key, sent to Flairgate by a service that received it. */
export interface ServicePresentedKey<S> {
  readonly text: string;
  /** Name of the queue line in which the lookup waits. Lines take turns. */
  readonly line: string;
  /** Id of the service's own key. The row of this key is read in the same snapshot. */
  readonly keyId: string | null;
  /** Reads the service in the same snapshot. If it returns a denial, the key is not looked up. */
  readService(tx: ReadTransaction): Promise<Outcome<S>>;
}

/** The service, and the verified key or the key's denial. */
export interface VerifiedForService<S> {
  readonly service: S;
  readonly found: Outcome<FoundKey>;
}

/**
 * Verifies API keys: finds the key, reports honeytokens (decoy keys), checks the address, then compares the hash. The
 * gate, the exchange and introspection all use it. No other code verifies keys.
 */
export interface KeyVerifier {
  /**
   * Returns the denial for a string that cannot be a key, if that is known without waiting. Otherwise returns
   * undefined. Call it before `verify`.
   *
   * @throws UnavailableError when the store cannot be reached.
   */
  refuse(sent: SentKey): Denial | undefined;
  /**
   * Verifies a key that is used from an address.
   *
   * Rejects with `UnavailableError` if the store cannot be reached or too many lookups wait.
   *
   * @param whenNotFound Returns the result to use instead of the denial if no valid key has this text.
   */
  verify(sent: SentKey, whenNotFound?: (denial: Denial) => Promise<Outcome<FoundKey>>): Promise<Outcome<FoundKey>>;
  /**
   * Verifies a key for a service. Does not check the address, because the service checks it against the ranges in the
   * result.
   */
  verifyForService<S>(presented: ServicePresentedKey<S>): Promise<Outcome<VerifiedForService<S>>>;
  /** Returns a function that checks whether an address is in a key's ranges. Equal ranges share one function. */
  readonly rangeCheck: typeof createRangeCheck;
  /** Waits until all honeytoken reports are written. */
  settled(): Promise<void>;
}

/** Creates the {@link KeyVerifier} for a store. */
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
