import { LRUCache } from 'lru-cache';
import { credentialDigest } from '../credential/credential-digest.js';
import type { Credential } from '../credential/read-credential.js';
import { deadlines, withDeadline } from '../deadlines.js';
import type { Denial } from '../denial/denial.js';
import { deny } from '../denial/denial-table.js';
import { UnavailableError } from '../denial/errors.js';
import type { Clock } from '../revision/clock.js';
import type { Revision } from '../revision/revision.js';
import type { Authenticator, LazyAddress } from './authenticator.js';
import type { CachedCredential } from './cached-credential.js';
import type { CredentialSource, FindCredential, Identified } from './credential-source.js';
import { denyKey } from './key/key-lookup.js';
import type { SentKey } from './key/key-verifier.js';
import type { Principal } from './principal.js';
import { createValidity, type Validity } from './validity.js';

export interface AuthenticatorParts {
  readonly source: CredentialSource;
  readonly findToken: FindCredential;
  readonly revision: Revision;
  readonly clock: Clock;
  /** Maximum number of cached principals. Keys and tokens each have a cache of this size. */
  readonly maxCount: number;
  /** Stops polling the revision, the store's change counter. */
  stop(): void;
}

interface Entry {
  readonly principal: Principal;
  readonly held: CachedCredential;
  readonly inRange: Identified['inRange'];
  readonly tag: string | undefined;
  /** Time at which a use of the key was last recorded, in milliseconds since the Unix epoch. */
  notedAt: number;
}

interface CredentialCache {
  readonly entries: LRUCache<string, Entry>;
  readonly find: FindCredential;
  /** Running lookups. Requests with the same credential from the same address share one lookup. */
  readonly inFlight: Map<string, Promise<Entry | Denial>>;
}

/** Result of a cache lookup. `entry` is undefined if the credential is not in the cache. */
interface Look {
  readonly credential: Credential;
  readonly text: string;
  readonly digest: string;
  readonly entry: Entry | undefined;
}

interface AuthenticatorContext extends AuthenticatorParts {
  readonly validity: Validity;
  /** Cache for keys. Tokens have a separate cache, so that a token sent as an API key is never found. */
  readonly keys: CredentialCache;
  readonly tokens: CredentialCache;
  /** Number of times the caches were cleared. A credential whose read began before the last clearing is not cached. */
  cacheGeneration: number;
  /** Cache lookup of the last unsuccessful `getCached` call. The next `authenticate` call reuses this lookup. */
  lastLook: Look | undefined;
}

/** Assembles an authenticator from parts. Does not start polling the revision. */
export function assembleAuthenticator(parts: AuthenticatorParts): Authenticator {
  const createCache = (find: FindCredential): CredentialCache => ({
    entries: new LRUCache({ max: parts.maxCount }),
    find,
    inFlight: new Map(),
  });
  const context: AuthenticatorContext = {
    ...parts,
    validity: createValidity(parts.revision, parts.clock, parts.maxCount),
    keys: createCache(parts.source.findKey),
    tokens: createCache(parts.findToken),
    cacheGeneration: 0,
    lastLook: undefined,
  };
  const { sweep } = context.validity;
  const stopListening = context.revision.onChange((changed) => {
    if (changed === 'everything') clearCaches(context);
    sweep();
  });
  const stopWatching = context.revision.watchWhile(context.validity.isWaitedOn);
  const expiry = setInterval(sweep, 1000);
  expiry.unref();
  // A last-use time that could not be written is lost. The next use is written instead.
  const flushing = setInterval(() => void parts.source.flush().catch(() => undefined), LAST_USE_FLUSH_MS);
  flushing.unref();
  return {
    revision: parts.revision,
    getCached: (credential, address) => getCached(context, credential, address),
    authenticate: (credential, address) => authenticate(context, credential, address),
    close: async () => {
      parts.stop();
      clearInterval(expiry);
      clearInterval(flushing);
      stopListening();
      stopWatching();
      await parts.source.close();
    },
  };
}

/** Interval, in milliseconds, between two writes of last-use times. */
const LAST_USE_FLUSH_MS = 60_000;
/** Time, in milliseconds, after a recorded use during which further uses are not recorded. */
const NOTE_MS = 1000;

function clearCaches(context: AuthenticatorContext): void {
  context.cacheGeneration += 1;
  context.lastLook = undefined;
  context.validity.startHistory();
  context.keys.entries.clear();
  context.tokens.entries.clear();
}

function used({ source, clock }: AuthenticatorContext, entry: Entry, now = clock.wall()): Principal {
  if (entry.tag === undefined) return entry.principal;
  if (now - entry.notedAt >= NOTE_MS) {
    entry.notedAt = now;
    source.noteUse(entry.tag, now);
  }
  return entry.principal;
}

function getCached(context: AuthenticatorContext, credential: Credential, address: LazyAddress): Principal | undefined {
  if (credential.kind === 'none' || !context.revision.current()) return undefined;
  const digest = credentialDigest(credential.text);
  const entry = cacheOf(context, credential.kind).entries.get(digest, GET_OPTIONS);
  const now = context.revision.lookedAt;
  if (entry !== undefined && isInRange(entry, address) && context.validity.isGood(entry.held, now)) {
    return used(context, entry, now);
  }
  context.lastLook = { credential, text: credential.text, digest, entry };
  return undefined;
}

/** Options shared by all calls of `getCached`, because lru-cache otherwise allocates an options object per read. */
const GET_OPTIONS: LRUCache.GetOptions<string, Entry, unknown> = {};

/**
 * Returns the lookup that `getCached` has just stored for this credential object. If there is none, reads the cache.
 */
function look(context: AuthenticatorContext, credential: Exclude<Credential, { readonly kind: 'none' }>): Look {
  const { kind, text } = credential;
  const { lastLook: last } = context;
  context.lastLook = undefined;
  // If the host changed the object's text in the meantime, the stored digest is wrong.
  if (last !== undefined && last.credential === credential && last.text === text) return last;
  const digest = credentialDigest(text);
  return { credential, text, digest, entry: cacheOf(context, kind).entries.get(digest) };
}

function cacheOf(context: AuthenticatorContext, kind: Sent['kind']): CredentialCache {
  return kind === 'api-key' ? context.keys : context.tokens;
}

function isInRange({ inRange }: Entry, address: LazyAddress): boolean {
  if (inRange === undefined) return true;
  const known = typeof address === 'function' ? address() : address;
  return known !== undefined && inRange(known);
}

function authenticate(
  context: AuthenticatorContext,
  credential: Credential,
  address: string | undefined,
): Principal | Denial | Promise<Principal | Denial> {
  if (credential.kind === 'none') return MISSING;
  const { digest, entry } = look(context, credential);
  const sent: Sent = { kind: credential.kind, text: credential.text, digest, address };
  if (sent.kind === 'api-key') {
    // An address that is not allowed gets no response from the cache, because the faster response would reveal a valid
    // key.
    const refused = entry !== undefined && isInRange(entry, address) ? undefined : context.source.refuseKey(sent);
    if (refused !== undefined) return refused;
  }
  return findPrincipal(context, sent, entry);
}

const MISSING = Object.freeze(deny('ERR_CREDENTIAL_MISSING'));

/** A credential and the client address that sent it. */
interface Sent extends SentKey {
  readonly kind: 'api-key' | 'bearer';
  readonly digest: string;
}

/**
 * Finds a credential's principal in the cache, or else at the source. Reads the credential again if a result is too old
 * to be used, for example because the process was paused during the read. `known` is the credential's current cache
 * entry, if it has one.
 */
async function findPrincipal(
  context: AuthenticatorContext,
  sent: Sent,
  known: Entry | undefined,
): Promise<Principal | Denial> {
  const { revision } = context;
  const { digest, address } = sent;
  const cache = cacheOf(context, sent.kind);
  const flight = `${digest} ${address}`;
  let since: number | undefined;
  let cached = known;
  for (let tries = 0; tries < MAX_READS; tries++) {
    const isCurrent = revision.current();
    if (!isCurrent) await revision.ensureCurrent();
    since ??= revision.applied;
    if (!isCurrent || tries > 0) cached = cache.entries.get(digest);
    cached = validEntry(context, cache, digest, cached);
    // If the address is wrong, a cached key is read again, as a revoked key is. A faster response would reveal a valid
    // key.
    if (cached !== undefined && isInRange(cached, address)) return used(context, cached);
    const { inFlight } = cache;
    const loaded = await (inFlight.get(flight) ?? share(context, inFlight, flight, loadEntry(context, cache, sent)));
    if ('code' in loaded) return loaded;
    if (revision.validForMs > 0 && isGoodSince(context, loaded.held, since)) return usedFrom(context, loaded, address);
  }
  throw new UnavailableError('store', new Error('nothing could be read in time'));
}

function usedFrom(context: AuthenticatorContext, entry: Entry, address: string | undefined): Principal | Denial {
  return isInRange(entry, address) ? used(context, entry) : denyKey('used from another address');
}

/** Returns the entry if the credential is still valid. Otherwise removes the entry from the cache. */
function validEntry(
  { validity, clock }: AuthenticatorContext,
  { entries }: CredentialCache,
  digest: string,
  entry: Entry | undefined,
): Entry | undefined {
  if (entry === undefined || validity.isGood(entry.held, clock.wall())) return entry;
  entries.delete(digest);
  return undefined;
}

/** Lets requests with the same credential and address share one lookup, which fails after a time limit. */
function share(
  { clock }: AuthenticatorContext,
  inFlight: CredentialCache['inFlight'],
  flight: string,
  loading: Promise<Entry | Denial>,
): Promise<Entry | Denial> {
  const limited = withDeadline(deadlines.identifyMs, 'finding a caller', loading, clock.after);
  const started = limited.finally(() => inFlight.delete(flight));
  inFlight.set(flight, started);
  return started;
}

/**
 * Maximum number of reads of one credential. If newer changes made every read out of date, the result of the last read
 * is used.
 */
const MAX_READS = 3;

/**
 * Reads a credential and caches it. Reads the credential again, at most `MAX_READS` times, if this process applied a
 * change after the snapshot was taken.
 *
 * If the last read is out of date too, its result is used for this request but not cached. The result was correct when
 * the snapshot was taken, but may miss the newest change. {@link findPrincipal} discards a snapshot that is too old.
 */
async function loadEntry(context: AuthenticatorContext, cache: CredentialCache, sent: Sent): Promise<Entry | Denial> {
  for (let reads = 1; ; reads++) {
    const { cacheGeneration } = context;
    const outcome = await cache.find(sent, context.revision);
    if (!outcome.allowed) return outcome;
    const { held, inRange, tag, principal } = outcome.value;
    const isOvertaken = !isFresh(context, held);
    if (cacheGeneration !== context.cacheGeneration) {
      // The credential may have been read before a restore. This process will never read the changes that revoke it.
      reads = 0;
    } else if (!isOvertaken || reads === MAX_READS) {
      context.validity.adopt(held, isOvertaken);
      const entry: Entry = { held, inRange, tag, notedAt: 0, principal: principal() };
      if (!isOvertaken) cache.entries.set(sent.digest, entry);
      context.lastLook = undefined;
      return entry;
    }
  }
}

/** True if a newly read credential has not expired and no change since the read revokes the credential. */
function isFresh({ revision, clock }: AuthenticatorContext, held: CachedCredential): boolean {
  return held.expiresAt > clock.wall() && revision.alive(held);
}

/**
 * True if the credential is valid now. Also true for a key that has not expired if the snapshot in which the key was
 * found valid includes change number `since`.
 */
function isGoodSince(context: AuthenticatorContext, held: CachedCredential, since: number): boolean {
  if (context.validity.isGood(held, context.clock.wall())) return true;
  return held.signingKey === undefined && held.rev >= since && held.expiresAt > context.clock.wall();
}
