import { allow, type Outcome } from '../../../denial/denial.js';
import { deny } from '../../../denial/denial-table.js';
import { OptionError, UnavailableError } from '../../../denial/errors.js';
import { assertKnownOptions } from '../../../options/assert-known-options.js';
import { parseInteger } from '../../../options/integer.js';
import { type SecurityTransaction, securityWrite } from '../../../revision/security-write.js';
import type { Millis } from '../../../store/columns.js';
import type { KeyMaterial } from '../../../store/keyring.js';
import type { SigningKeyRow } from '../../../store/rows.js';
import type { RowStore } from '../../../store/store.js';
import type { TokenKey, TokenSigner } from '../foreign/algorithms.js';
import { type PublicJwk, publicJwk, tokenKeyFromJwk } from '../foreign/jwk.js';
import type { KeySource } from '../foreign/key-set.js';
import { createSigningKey, openSigningKey, type RingAlgorithm, type SealedKey } from './new-signing-key.js';
import { keepMsFor, needsKey, pendingRow, planRing, prunable, signingRow } from './ring-plan.js';

/** Options of `openSigningRing`. */
export interface SigningRingOptions {
  /** Store in which the signing keys are kept. */
  readonly store: RowStore;
  /** Encrypts the signing keys for the store, and decrypts them. */
  readonly material: Pick<KeyMaterial, 'seal' | 'open'>;
  /** Returns the current time in milliseconds since the Unix epoch. */
  readonly clock: () => number;
  /**
   * Algorithm for new keys. If the newest key has another algorithm, opening the ring adds a key with this algorithm.
   *
   * @default 'ES256'
   */
  readonly algorithm?: RingAlgorithm;
  /**
   * Maximum lifetime of a token in seconds. A superseded key verifies tokens for this time and five minutes more.
   *
   * @default 3600
   */
  readonly maxTokenSeconds?: number;
  /**
   * Time, in seconds, between the publication of a key and its first use. Must exceed the time for which verifiers
   * cache the key set.
   *
   * @default 900
   */
  readonly publishLeadSeconds?: number;
}

/** Result of a rotation or retirement. Times are in milliseconds since the Unix epoch. */
export interface RingChange {
  /** Id of the pending key that signs next, or of the signing key if none is pending. */
  readonly kid: string;
  readonly activeFrom: Millis;
  /** Revision number that the change was assigned. */
  readonly revision: number;
}

/**
 * The signing keys of a Flairgate instance. The keys are stored in the instance's database and shared by all processes
 * of the instance.
 */
export interface SigningRing extends KeySource {
  /** Reads the ring again. Call this method after every change with scope `signing-key`, and at regular intervals. */
  reload(): Promise<void>;
  refresh(kid: string): Promise<void> | undefined;
  /** Returns the key to sign with now. @throws UnavailableError if there is no key or the key cannot be decrypted */
  signer(): TokenSigner;
  /** Returns the public keys to publish, including keys that do not sign yet. */
  jwks(): { readonly keys: readonly PublicJwk[] };
  /**
   * Publishes a new key, which signs after `publishLeadSeconds`. If a key is already pending, returns that key instead.
   */
  rotate(): Promise<Outcome<RingChange>>;
  /** Revokes a stolen key and every token that it signed. If no active key remains, a new key signs immediately. */
  retire(kid: string): Promise<Outcome<RingChange>>;
}

/**
 * Scope id of the change that is recorded when a key is added. The change revokes no token, but makes all processes
 * read the ring again.
 */
export const RING_SCOPE_ID = 'ring';

/** Minimum time, in milliseconds, between two reads of the store caused by unknown key ids. */
const COOLDOWN_MS = 1000;

const SIGNING_RING_OPTIONS = ['store', 'material', 'clock', 'algorithm', 'maxTokenSeconds', 'publishLeadSeconds'];
const ALGORITHMS: readonly RingAlgorithm[] = ['ES256', 'RS256'];

interface Ring extends Required<SigningRingOptions> {
  readonly keepMs: number;
  readonly leadMs: number;
  rows: readonly SigningKeyRow[];
  keys: ReadonlyMap<string, { readonly key: TokenKey; readonly verifyUntil: Millis }>;
  opened: TokenSigner | undefined;
  readAt: Millis;
  reading: Promise<void> | undefined;
}

/**
 * Opens the signing ring in a store. If several processes open an empty ring at the same time, exactly one creates the
 * first key.
 *
 * @throws OptionError for an invalid option.
 * @throws UnavailableError if the store cannot be read or a key cannot be decrypted.
 * @see docs/tokens.md
 * @example
 * const ring = await openSigningRing({ store, material: store.material, clock: Date.now });
 */
export async function openSigningRing(options: SigningRingOptions): Promise<SigningRing> {
  const ring = readOptions(options);
  await reload(ring);
  const isStale = prunable(ring.rows, ring.clock(), ring.keepMs).length > 0;
  if (isStale || needsKey(planRing(ring.rows, ring.keepMs), ring.algorithm)) await addKey(ring, needsKey);
  ring.opened = openSigner(ring);
  return {
    algorithms: ALGORITHMS,
    reload: () => reload(ring),
    find: (kid) => findRingKey(ring, kid),
    refresh: () => refreshRing(ring),
    signer: () => openSigner(ring),
    jwks: () => ({ keys: verifyingKeys(ring).map(publicJwk) }),
    rotate: () => addKey(ring, (plan, _algorithm, now) => pendingRow(plan, now) === undefined),
    retire: (kid) => retire(ring, kid),
  };
}

function readOptions(options: SigningRingOptions): Ring {
  assertKnownOptions('signing ring', options, SIGNING_RING_OPTIONS);
  const { algorithm = 'ES256', maxTokenSeconds = 3600, publishLeadSeconds = 900 } = options;
  if (!ALGORITHMS.includes(algorithm)) throw new OptionError('signing ring: algorithm must be ES256 or RS256');
  for (const [name, value] of Object.entries({ maxTokenSeconds, publishLeadSeconds })) {
    parseInteger(`signing ring: ${name}`, value, { least: 0 });
  }
  return {
    ...options,
    algorithm,
    maxTokenSeconds,
    publishLeadSeconds,
    keepMs: keepMsFor(maxTokenSeconds),
    leadMs: publishLeadSeconds * 1000,
    rows: [],
    keys: new Map(),
    opened: undefined,
    readAt: Number.NEGATIVE_INFINITY,
    reading: undefined,
  };
}

/** Waits for a read of the ring that began after this call. Concurrent callers share one read. */
async function reload(ring: Ring): Promise<void> {
  if (ring.reading !== undefined) await ring.reading.catch(() => undefined);
  ring.reading ??= read(ring).finally(() => {
    ring.reading = undefined;
  });
  return ring.reading;
}

async function read(ring: Ring): Promise<void> {
  ring.readAt = ring.clock();
  const rows = await ring.store.read((tx) => tx.find('signingKey', {}));
  ring.keys = new Map(
    planRing(rows, ring.keepMs).map(({ row, verifyUntil }) => [row.kid, { key: publicKeyOf(row), verifyUntil }]),
  );
  ring.rows = rows;
}

function publicKeyOf(row: SigningKeyRow): TokenKey {
  const { kid: _kid, ...members } = row.publicJwk;
  const key = tokenKeyFromJwk(members);
  // The kid is computed from the key itself, so a key that was replaced in the row is detected.
  if (key.kid !== row.kid || key.algorithm !== row.algorithm) {
    throw new UnavailableError('store', new Error('a signing key of the store is not the one it says'));
  }
  return key;
}

function findRingKey(ring: Ring, kid: string): TokenKey | undefined {
  const entry = ring.keys.get(kid);
  return entry !== undefined && ring.clock() < entry.verifyUntil ? entry.key : undefined;
}

function refreshRing(ring: Ring): Promise<void> | undefined {
  if (ring.reading !== undefined) return ring.reading;
  const elapsed = ring.clock() - ring.readAt;
  return elapsed >= 0 && elapsed < COOLDOWN_MS ? undefined : reload(ring);
}

function openSigner(ring: Ring): TokenSigner {
  const row = signingRow(planRing(ring.rows, ring.keepMs), ring.clock());
  if (row === undefined) throw new UnavailableError('key-set', new Error('the ring has no key'));
  if (ring.opened?.kid === row.kid) return ring.opened;
  try {
    ring.opened = openSigningKey(row, ring.material);
    return ring.opened;
  } catch (error) {
    throw new UnavailableError('key-set', error);
  }
}

function verifyingKeys(ring: Ring): readonly TokenKey[] {
  const now = ring.clock();
  return [...ring.keys.values()].filter(({ verifyUntil }) => now < verifyUntil).map(({ key }) => key);
}

type Wanted = (plan: ReturnType<typeof planRing>, algorithm: RingAlgorithm, now: Millis) => boolean;

/**
 * Creates a key, takes the lock, and adds the key to the ring if the ring still needs one. The key is created before
 * the lock is taken, because creating a key takes long.
 */
async function addKey(ring: Ring, isWanted: Wanted): Promise<Outcome<RingChange>> {
  const made = await createSigningKey(ring.algorithm, ring.material);
  return changeRing(ring, async (tx, now) => {
    const plan = planRing(await tx.find('signingKey', {}), ring.keepMs);
    if (isWanted(plan, ring.algorithm, now))
      await insertKey(tx, made, now, plan.length === 0 ? now : now + ring.leadMs);
    return allow(undefined);
  });
}

async function retire(ring: Ring, kid: string): Promise<Outcome<RingChange>> {
  const spare = await createSigningKey(ring.algorithm, ring.material);
  return changeRing(ring, async (tx, now) => {
    const row = await tx.get('signingKey', { kid });
    if (row === undefined) return deny('ERR_NOT_FOUND');
    if (row.retiredAt !== null) return allow(undefined);
    await tx.update('signingKey', { kid }, { retiredAt: now });
    tx.touch('signing-key', kid);
    const left = planRing(await tx.find('signingKey', {}), ring.keepMs);
    if (!left.some((other) => other.row.activeFrom <= now)) await insertKey(tx, spare, now, now);
    return allow(undefined);
  });
}

async function insertKey(tx: SecurityTransaction, made: SealedKey, now: Millis, activeFrom: Millis): Promise<void> {
  await tx.insert('signingKey', { ...made, createdAt: now, activeFrom, retiredAt: null });
  tx.touch('signing-key', RING_SCOPE_ID);
}

async function changeRing(
  ring: Ring,
  work: (tx: SecurityTransaction, now: Millis) => Promise<Outcome<undefined>>,
): Promise<Outcome<RingChange>> {
  const now = ring.clock();
  const outcome = await securityWrite(ring.store, now, async (tx) => {
    for (const { kid } of prunable(await tx.find('signingKey', {}), now, ring.keepMs))
      await tx.remove('signingKey', { kid });
    return work(tx, now);
  });
  if (!outcome.allowed) return outcome;
  await reload(ring);
  const plan = planRing(ring.rows, ring.keepMs);
  const next = pendingRow(plan, now) ?? signingRow(plan, now);
  if (next === undefined) throw new UnavailableError('key-set', new Error('the ring has no key'));
  return allow({ kid: next.kid, activeFrom: next.activeFrom, revision: outcome.value.revision });
}
