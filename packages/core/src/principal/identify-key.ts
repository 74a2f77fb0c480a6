import { allow } from '../answer/denial.js';
import type { Catalogue } from '../permission/catalogue.js';
import type { Clock } from '../revision/clock.js';
import type { Store } from '../store/store.js';
import type { Identified, Identify } from './assemble-authenticator.js';
import { buildPrincipal, subjectParts, subjectViews } from './build.js';
import type { Honeytokens } from './honeytokens.js';
import { createRangeCheck } from './key/ranges.js';
import { type FoundKey, lookUpKey, refuseKey } from './key-lookup.js';
import type { VerifyOnce } from './verify-once.js';

export interface IdentifyKeyOptions {
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly verifyOnce: VerifyOnce;
  readonly honeytokens: Honeytokens;
}

/**
 * Finds principals of API keys in the store.
 *
 * State, expiry and address are judged on the row, before a hash is computed.
 */
export function createIdentifyKey(options: IdentifyKeyOptions): Identify {
  const { store, catalogue, clock, verifyOnce, honeytokens } = options;
  return async (text, address) => {
    const found = await store.read((tx) => lookUpKey(tx, store.material, text, clock.wall()));
    if (!found.allowed) return found;
    const { key } = found.value.subject;
    honeytokens.used(key, address);
    if (!createRangeCheck(key.ranges)(address)) return refuseKey('used from another address');
    if (!(await verifyOnce(text, found.value.secret))) return refuseKey('has another hash');
    return allow(identified(found.value, catalogue));
  };
}

function identified({ secret, subject, revision }: FoundKey, catalogue: Catalogue): Identified {
  const { key } = subject;
  const views = subjectViews(subject, catalogue);
  const parts = subjectParts(subject, 'api-key');
  return {
    held: {
      rev: revision.n,
      keyId: key.keyId,
      uid: key.uid ?? undefined,
      organizations: views.organizations,
      signingKey: undefined,
      checkedAt: -1,
      expiresAt: Math.min(key.expiresAt ?? Infinity, secret.endsAt ?? Infinity),
    },
    tag: secret.tag,
    inRange: key.ranges.length === 0 ? undefined : createRangeCheck(key.ranges),
    principal: (signalOf) => buildPrincipal(parts, views, signalOf),
  };
}
