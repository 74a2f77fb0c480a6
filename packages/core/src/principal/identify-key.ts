import { allow } from '../denial/denial.js';
import type { Catalogue } from '../permission/catalogue.js';
import type { KeyRow } from '../store/rows.js';
import type { Identified, Identify } from './assemble-authenticator.js';
import { buildPrincipal, type ListOf, shareLists, subjectOrganizations, subjectParts, subjectViews } from './build.js';
import type { VerifyOnce } from './key/hash/verify-once.js';
import type { Honeytokens } from './key/honeytokens.js';
import type { KeyFinder } from './key/key-finder.js';
import { denyKey, type FoundKey } from './key/key-lookup.js';
import { hold } from './signals.js';

export interface IdentifyKeyOptions {
  readonly keyFinder: KeyFinder;
  readonly catalogue: Catalogue;
  readonly verifyOnce: VerifyOnce;
  readonly honeytokens: Honeytokens;
}

/**
 * Finds principals of API keys in the store.
 *
 * State, expiry and address are judged on the row, before a hash is computed.
 */
export function createIdentifyKey(options: IdentifyKeyOptions): Identify {
  const { keyFinder, catalogue, verifyOnce, honeytokens } = options;
  const listOf = shareLists();
  return async (text, address) => {
    const admitFrom = (key: KeyRow) => {
      honeytokens.used(key, address);
      return keyFinder.rangeCheck(key.ranges)(address);
    };
    const found = await keyFinder.find({ text, address }, admitFrom);
    if (!found.allowed) return found;
    if (!(await verifyOnce(text, found.value.secret))) return denyKey('has another hash');
    const { ranges } = found.value.subject.key;
    const inRange = ranges.length === 0 ? undefined : keyFinder.rangeCheck(ranges);
    return allow(identified(found.value, inRange, catalogue, listOf));
  };
}

function identified(
  { secret, subject, revision }: FoundKey,
  inRange: Identified['inRange'],
  catalogue: Catalogue,
  listOf: ListOf,
): Identified {
  const { key } = subject;
  const lineage = {
    rev: revision.n,
    keyId: key.keyId,
    uid: key.uid ?? undefined,
    organizations: subjectOrganizations(subject, listOf),
    signingKey: undefined,
    secret: secret.tag,
  };
  const held = hold(lineage, Math.min(key.expiresAt ?? Infinity, secret.endsAt ?? Infinity));
  const views = subjectViews(subject, catalogue, held);
  const parts = subjectParts(subject, 'api-key');
  return {
    held,
    tag: secret.tag,
    inRange,
    principal: () => buildPrincipal(parts, views, held),
  };
}
