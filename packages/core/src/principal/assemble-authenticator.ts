import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Credential } from '../credential/read-credential.js';
import { deadlines, withDeadline } from '../deadlines.js';
import type { Denial, Outcome } from '../denial/denial.js';
import { deny } from '../denial/denial-table.js';
import { UnavailableError } from '../denial/errors.js';
import type { Clock } from '../revision/clock.js';
import type { Revision } from '../revision/revision.js';
import type { Authenticator, LazyAddress } from './authenticator.js';
import type { CachedCredential } from './cached-credential.js';
import { heldOf } from './held.js';
import type { Hasher } from './key/hash/hasher.js';
import type { VerifyOnce } from './key/hash/verify-once.js';
import type { SentKey } from './key/key-finder.js';
import { denyKey } from './key/key-lookup.js';
import type { KeyVerifier } from './key/key-verifier.js';
import type { Uses } from './key/uses.js';
import type { Principal } from './principal.js';
import { createValidity, denialOfEnded, type Validity } from './validity.js';

/** A principal that was found and is not cached yet. */
export interface Identified {
  readonly held: CachedCredential;
  /** Look-up tag of the secret whose last use is recorded; undefined for a token. */
  readonly tag: string | undefined;
  /** True for an address that the key can be used from; undefined = from anywhere. */
  readonly inRange: ((address: string) => boolean) | undefined;
  principal(): Principal;
}

/**
 * Finds the principal of one kind of credential. A denial is a refusal; a fault is thrown.
 *
 * The address can be checked before work is done for the credential; it is checked again at every use.
 */
export type Identify = (sent: SentKey) => Promise<Outcome<Identified>>;

export interface AuthenticatorParts {
  readonly uses: Uses;
  readonly verifyOnce: VerifyOnce | undefined;
  readonly hasher: Hasher | undefined;
  readonly identifyKey: Identify;
  readonly keyVerifier: KeyVerifier | undefined;
  readonly identifyToken: Identify;
  readonly revision: Revision;
  readonly clock: Clock;
  /** Principals kept, for keys and tokens each. */
  readonly maxCount: number;
}

interface Entry {
  readonly principal: Principal;
  readonly held: CachedCredential;
  readonly inRange: Identified['inRange'];
  readonly tag: string | undefined;
  /** Time when its use was last recorded, in milliseconds since 1970. */
  notedAt: number;
}

interface CredentialCache {
  readonly entries: LRUCache<string, Entry>;
  readonly identify: Identify;
  /** Look-ups that are running. Requests with one credential from one address share one. */
  readonly inFlight: Map<string, Promise<Entry | Denial>>;
}

interface Context extends AuthenticatorParts {
  readonly validity: Validity;
  /** Keys and tokens never share a cache: a token that is sent as a key must not be found. */
  readonly keys: CredentialCache;
  readonly tokens: CredentialCache;
  /** Number of times the caches were cleared. What was read before the last time is not cached. */
  cacheGeneration: number;
}

/** Puts the parts together. Does not start the revision. */
export function assembleAuthenticator(parts: AuthenticatorParts): Authenticator {
  const createCache = (identify: Identify): CredentialCache => ({
    entries: new LRUCache({ max: parts.maxCount }),
    identify,
    inFlight: new Map(),
  });
  const context: Context = {
    ...parts,
    validity: createValidity(parts.revision, parts.clock, parts.maxCount),
    keys: createCache(parts.identifyKey),
    tokens: createCache(parts.identifyToken),
    cacheGeneration: 0,
  };
  const { sweep } = context.validity;
  const stopListening = context.revision.onChange((changed) => {
    if (changed === 'everything') clearCaches(context);
    sweep();
  });
  const stopWatching = context.revision.watchWhile(context.validity.isWaitedOn);
  const expiry = setInterval(sweep, 1000);
  expiry.unref();
  // A last use that could not be written is lost. The next use is written instead.
  const flushing = setInterval(() => void context.uses.flush().catch(() => undefined), FLUSH_MS);
  flushing.unref();
  return {
    revision: parts.revision,
    verifyOnce: parts.verifyOnce,
    hasher: parts.hasher,
    keyVerifier: parts.keyVerifier,
    getCached: (credential, address) => getCached(context, credential, address),
    authenticate: (credential, address) => authenticate(context, credential, address),
    counts: (principal, isSameTurn = false) => counts(context, principal, isSameTurn),
    current: (principal, credential, address) => current(context, principal, credential, address),
    close: async () => {
      clearInterval(expiry);
      clearInterval(flushing);
      stopListening();
      stopWatching();
      await context.uses.flush().catch(() => undefined);
      await context.keyVerifier?.settled();
    },
  };
}

/** Milliseconds between two writes of last uses. */
const FLUSH_MS = 60_000;
/** A use within this many milliseconds of a recorded one is not recorded. */
const NOTE_MS = 1000;

function clearCaches(context: Context): void {
  context.cacheGeneration += 1;
  context.validity.startHistory();
  context.keys.entries.clear();
  context.tokens.entries.clear();
}

function used({ uses, clock }: Context, entry: Entry, now = clock.wall()): Principal {
  if (entry.tag === undefined) return entry.principal;
  if (now - entry.notedAt >= NOTE_MS) {
    entry.notedAt = now;
    uses.note(entry.tag, now);
  }
  return entry.principal;
}

function getCached(context: Context, credential: Credential, address: LazyAddress): Principal | undefined {
  if (credential.kind === 'none' || !context.revision.current()) return undefined;
  const cache = credential.kind === 'api-key' ? context.keys : context.tokens;
  const entry = cache.entries.get(digestOf(credential.text));
  if (entry === undefined || !isInRange(entry, address)) return undefined;
  const now = context.revision.lookedAt;
  return context.validity.isGood(entry.held, now) ? used(context, entry, now) : undefined;
}

/** Returns the name of a credential in the cache: a digest of the whole text, not of a prefix or a signature. */
function digestOf(text: string): string {
  return hash('sha256', text, 'base64');
}

function isInRange({ inRange }: Entry, address: LazyAddress): boolean {
  if (inRange === undefined) return true;
  const known = typeof address === 'function' ? address() : address;
  return known !== undefined && inRange(known);
}

function authenticate(
  context: Context,
  credential: Credential,
  address: string | undefined,
): Principal | Denial | Promise<Principal | Denial> {
  if (credential.kind === 'none') return MISSING;
  const sent: Sent = { ...credential, digest: digestOf(credential.text), address };
  if (sent.kind === 'api-key') {
    const cached = context.keys.entries.get(sent.digest);
    // An address that is not allowed gets no answer from the cache: it would be faster, and reveal a valid key.
    const refused = cached !== undefined && isInRange(cached, address) ? undefined : context.keyVerifier?.refuse(sent);
    if (refused !== undefined) return refused;
  }
  return findPrincipal(context, sent);
}

function counts({ revision, validity }: Context, principal: Principal, isSameTurn: boolean): boolean {
  const held = heldOf(principal);
  return held !== undefined && (isSameTurn || revision.current()) && validity.isGood(held, revision.lookedAt);
}

/** Returns the principal itself within the bound, even if the store does not answer. */
async function current(
  context: Context,
  principal: Principal,
  credential: Credential,
  address: LazyAddress,
): Promise<Principal | Denial> {
  const { revision, validity, clock } = context;
  const held = heldOf(principal);
  if (held === undefined) throw new TypeError('current: give a principal of this authenticator');
  if (!revision.current()) await revision.settle();
  if (validity.isGood(held, clock.wall())) return principal;
  const again = await authenticate(context, credential, typeof address === 'function' ? address() : address);
  return 'code' in again && again.code === denialOfEnded(held).code ? denialOfEnded(held) : again;
}

const MISSING = Object.freeze(deny('ERR_CREDENTIAL_MISSING'));

/** A credential that was sent. */
interface Sent extends SentKey {
  readonly kind: 'api-key' | 'bearer';
  readonly digest: string;
}

async function findPrincipal(context: Context, sent: Sent): Promise<Principal | Denial> {
  const entry = await find(context, sent);
  if ('code' in entry) return entry;
  return isInRange(entry, sent.address) ? used(context, entry) : denyKey('used from another address');
}

/** Reads again if a result could not be used in time: the process may have been paused while it waited. */
async function find(context: Context, sent: Sent): Promise<Entry | Denial> {
  const { revision } = context;
  const { digest, address } = sent;
  const cache = sent.kind === 'api-key' ? context.keys : context.tokens;
  let since: number | undefined;
  for (let tries = 0; tries < MAX_READS; tries++) {
    if (!revision.current()) await revision.settle();
    since ??= revision.applied;
    const cached = cache.entries.get(digest);
    // For a wrong address the key is read again, as a revoked key is: a faster response would reveal that it is valid.
    if (cached !== undefined && context.validity.isGood(cached.held, context.clock.wall())) {
      if (isInRange(cached, address)) return cached;
    } else cache.entries.delete(digest);
    const loaded = await shared(context, cache, sent);
    if ('code' in loaded || (revision.validForMs > 0 && isGoodSince(context, loaded.held, since))) return loaded;
  }
  throw new UnavailableError('store', new Error('nothing could be read in time'));
}

function shared(context: Context, cache: CredentialCache, sent: Sent): Promise<Entry | Denial> {
  const flight = `${sent.digest} ${sent.address}`;
  const running = cache.inFlight.get(flight);
  if (running !== undefined) return running;
  const loading = withDeadline(
    deadlines.identifyMs,
    'finding a caller',
    load(context, cache, sent),
    context.clock.after,
  );
  const started = loading.finally(() => cache.inFlight.delete(flight));
  cache.inFlight.set(flight, started);
  return started;
}

async function load(context: Context, cache: CredentialCache, sent: Sent): Promise<Entry | Denial> {
  const { cacheGeneration } = context;
  const { digest } = sent;
  const outcome = await findCurrent(context, cache, sent);
  if (!outcome.allowed) return outcome;
  // Its revision can belong to another history, in which the changes that revoke it will never be found.
  if (cacheGeneration !== context.cacheGeneration) return load(context, cache, sent);
  const { held, inRange, tag, principal } = outcome.value;
  const isOvertaken = !isFresh(context, held);
  context.validity.adopt(held, isOvertaken);
  const entry: Entry = { held, inRange, tag, notedAt: 0, principal: principal() };
  if (!isOvertaken) cache.entries.set(digest, entry);
  return entry;
}

/** True if an uncached credential is not expired and its scopes have not changed since it was read. */
function isFresh({ revision, clock }: Context, held: CachedCredential): boolean {
  return held.expiresAt > clock.wall() && revision.alive(held);
}

/** Reads that changes can overtake before the last one is used as it is. */
const MAX_READS = 3;

/**
 * Reads a credential again while a change that this process already applied has overtaken the read, at most
 * `MAX_READS` times.
 *
 * If an organization changes faster than it can be read, the last read is used: it is one snapshot, and so a right
 * answer for a request from before it. It is not cached, and {@link find} checks whether it is too old.
 */
async function findCurrent(context: Context, cache: CredentialCache, sent: Sent): Promise<Outcome<Identified>> {
  for (let reads = 1; ; reads++) {
    const outcome = await cache.identify(sent);
    if (!outcome.allowed || isFresh(context, outcome.value.held) || reads === MAX_READS) return outcome;
  }
}

/** True if a credential is valid now, or was valid when it was read and was read no earlier than the change `since`. */
function isGoodSince(context: Context, held: CachedCredential, since: number): boolean {
  if (context.validity.isGood(held, context.clock.wall())) return true;
  return held.signingKey === undefined && held.rev >= since && held.expiresAt > context.clock.wall();
}
