import { allow } from '../denial/denial.js';
import type { Catalogue } from '../permission/catalogue.js';
import type { Identified, Identify } from './assemble-authenticator.js';
import { buildPrincipal, type ListOf, shareLists, subjectOrganizations, subjectParts, subjectViews } from './build.js';
import { createCachedCredential } from './cached-credential.js';
import type { FoundKey } from './key/key-lookup.js';
import type { KeyVerifier } from './key/key-verifier.js';

/** Creates the function that finds principals of API keys in the store. */
export function createIdentifyKey(keyVerifier: KeyVerifier, catalogue: Catalogue): Identify {
  const listOf = shareLists();
  return async (sent) => {
    const found = await keyVerifier.verify(sent);
    if (!found.allowed) return found;
    const { ranges } = found.value.subject.key;
    const inRange = ranges.length === 0 ? undefined : keyVerifier.rangeCheck(ranges);
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
  const held = createCachedCredential(lineage, Math.min(key.expiresAt ?? Infinity, secret.endsAt ?? Infinity));
  const views = subjectViews(subject, catalogue, held);
  const parts = subjectParts(subject, 'api-key');
  return {
    held,
    tag: secret.tag,
    inRange,
    principal: () => buildPrincipal(parts, views, held),
  };
}
