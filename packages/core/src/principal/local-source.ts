import { allow } from '../denial/denial.js';
import type { Catalogue } from '../permission/catalogue.js';
import type { Clock } from '../revision/clock.js';
import { registerRevision } from '../revision/local-revisions.js';
import { storeRevisionSource } from '../revision/store-source.js';
import type { Store } from '../store/store.js';
import { buildPrincipal, type ListOf, shareLists, subjectOrganizations, subjectParts, subjectViews } from './build.js';
import { createCachedCredential } from './cached-credential.js';
import type { CredentialSource, Identified, KeyStore } from './credential-source.js';
import type { FairQueue } from './key/fair-queue.js';
import type { HashSetting } from './key/hash/hash.js';
import { createHasher } from './key/hash/hasher.js';
import { createRehash } from './key/hash/rehash.js';
import { createVerifyOnce, type VerifyOnce } from './key/hash/verify-once.js';
import { createHoneytokens } from './key/honeytokens.js';
import type { FoundKey } from './key/key-lookup.js';
import { createKeyVerifier } from './key/key-verifier.js';
import { createUses, type Uses } from './key/uses.js';
import { storeKeys } from './token/own/store-keys.js';

/** Options of {@link createLocalSource}. */
export interface LocalSourceOptions {
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  /** Hash setting for keys. @default stored hashes are never replaced */
  readonly keyHash: HashSetting | undefined;
  /** Maximum number of secrets that are cached as verified, so that their hashes are not computed again. */
  readonly maxCount: number;
  readonly turns: FairQueue;
}

/** Creates the source that finds credentials in the rows of a store. */
export function createLocalSource(options: LocalSourceOptions): CredentialSource {
  const { store, catalogue } = options;
  const uses = createUses(store);
  const keyStore = openKeyStore(options, uses);
  const { keyVerifier } = keyStore;
  const listOf = shareLists();
  return {
    changes: storeRevisionSource(store),
    onPush: (wake) => store.onPush?.(wake) ?? (() => undefined),
    register: (revision) => registerRevision(store, revision),
    refuseKey: keyVerifier.refuse,
    async findKey(sent) {
      const found = await keyVerifier.verify(sent);
      if (!found.allowed) return found;
      const { ranges } = found.value.subject.key;
      const inRange = ranges.length === 0 ? undefined : keyVerifier.rangeCheck(ranges);
      return allow(keyToIdentified(found.value, inRange, catalogue, listOf));
    },
    noteUse: uses.note,
    tokenKeys: (now, maxTokenSeconds = 3600) => storeKeys({ store, clock: now, maxTokenSeconds }),
    catalogues: () => undefined,
    limitRights: allow,
    keyStore,
    flush: uses.flush,
    async close() {
      await uses.flush().catch(() => undefined);
      await keyVerifier.settled();
    },
  };
}

function openKeyStore({ store, clock, keyHash, maxCount, turns }: LocalSourceOptions, uses: Uses): KeyStore {
  const hasher = createHasher();
  const verifyOnce: VerifyOnce = createVerifyOnce(hasher.verify, maxCount, (text, secret) => {
    uses.note(secret.tag, clock.wall());
    rehash?.(text, secret);
  });
  const rehash =
    keyHash === undefined
      ? undefined
      : createRehash({ store, hasher, setting: keyHash, remember: verifyOnce.remember });
  const honeytokens = createHoneytokens(store, clock.wall);
  const keyVerifier = createKeyVerifier({ store, now: clock.wall, verifyOnce, honeytokens, turns });
  return { store, keyVerifier, verifyOnce, hasher };
}

function keyToIdentified(
  { secret, subject, revision }: FoundKey,
  inRange: Identified['inRange'],
  catalogue: Catalogue,
  listOf: ListOf,
): Identified {
  const { key } = subject;
  const scopes = {
    rev: revision.n,
    keyId: key.keyId,
    uid: key.uid ?? undefined,
    organizations: subjectOrganizations(subject, listOf),
    signingKey: undefined,
    secret: secret.tag,
  };
  const held = createCachedCredential(scopes, Math.min(key.expiresAt ?? Infinity, secret.endsAt ?? Infinity));
  const views = subjectViews(subject, catalogue, held);
  const parts = subjectParts(subject, 'api-key');
  return { held, tag: secret.tag, inRange, principal: () => buildPrincipal(parts, views, held) };
}
