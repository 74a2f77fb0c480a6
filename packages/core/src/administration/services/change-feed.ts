import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { UnavailableError } from '../../denial/errors.js';
import { serves } from '../../permission/serves.js';
import { SUSPENDED } from '../../principal/key/suspended.js';
import type { Principal } from '../../principal/principal.js';
import type { Revision } from '../../revision/revision.js';
import type { ChangeRow, ScopeKind, ServicePolicy } from '../../store/rows.js';
import type { RowStore } from '../../store/store.js';
import { readGathered } from '../../store/together.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { readService } from './presented-credential.js';

/** One page of the change feed, read in one snapshot of the primary. */
export interface ChangePage {
  readonly protocol: 1;
  readonly inc: string;
  /** Number of the last change on the page. The current revision, unless there is more. */
  readonly n: number;
  /** Changes up to this number are no longer stored. */
  readonly prunedTo: number;
  readonly changes: readonly FeedChange[];
  /** Organizations that the requesting service serves. Changes of others are left out. */
  readonly organizations: ServicePolicy['organizations'];
  /**
   * True if there are more changes. Then poll again with this `n`, without waiting. Until it is false, the reader is
   * out of date. A request that waited gets true at the first change.
   */
  readonly more: boolean;
  /** Milliseconds the request waited for a change before the answer was read. */
  readonly heldMs: number;
  /** Milliseconds between reading the answer and sending it. */
  readonly ageMs: number;
}

export interface FeedChange {
  readonly n: number;
  readonly scope: ScopeKind;
  readonly id: string;
}

export interface FeedInput {
  /** Incarnation the reader has seen. If it differs, the reader gets every stored change. */
  readonly inc?: string | undefined;
  /**
   * Number of the last change the reader has seen.
   *
   * @default every stored change
   */
  readonly after?: number | undefined;
  /** Milliseconds to wait for a change if there is none yet, limited to a third of the staleness bound. */
  readonly waitMs?: number | undefined;
}

export interface ChangeFeed {
  /**
   * Returns the changes after a number. Refuses a service whose key is no longer valid.
   *
   * @throws UnavailableError
   */
  read(service: Principal, input: FeedInput): Promise<Outcome<ChangePage>>;
  /** Answers all waiting requests. */
  stop(): void;
}

export interface ChangeFeedOptions {
  readonly store: RowStore;
  readonly revision: Revision;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Most milliseconds that a request can wait. */
  readonly maxWaitMs: number;
}

/** Most waiting requests. Further requests are answered immediately. */
const MAX_WAITING_POLLS = 10_000;

/** Rows of one page. The rows of one change are never split. */
const PAGE_ROWS = 5000;

/**
 * Creates the feed by which services without a database learn of changes.
 *
 * It contains ids and numbers only. A change that certainly concerns only organizations the service does not serve is
 * left out. In doubt it is included, so that a service never misses a change it needs.
 *
 * @see docs/design.md, "More than one machine"
 * @example
 * const feed = createChangeFeed({ store, revision: authenticator.revision, now: Date.now, maxWaitMs: 10_000 });
 * const page = await feed.read(service, { after: 0 });
 */
export function createChangeFeed(options: ChangeFeedOptions): ChangeFeed {
  const waiting = new Set<() => void>();
  const wakeAll = () => {
    for (const wake of [...waiting]) wake();
  };
  const stopListening = options.revision.onChange(wakeAll);
  let stopped = false;
  return {
    read: (service, input) => read({ ...options, waiting, isStopped: () => stopped }, service, input),
    stop: () => {
      stopped = true;
      stopListening();
      wakeAll();
    },
  };
}

interface FeedContext extends ChangeFeedOptions {
  readonly waiting: Set<() => void>;
  readonly isStopped: () => boolean;
}

async function read(context: FeedContext, service: Principal, input: FeedInput): Promise<Outcome<ChangePage>> {
  const { store, now, waiting, maxWaitMs, isStopped } = context;
  const waitMs = Math.min(input.waitMs ?? 0, maxWaitMs);
  const pull = () => inSnapshot(store, service, input, (tx) => readPage(tx, service, input, now()));
  if (waitMs <= 0 || isStopped() || waiting.size >= MAX_WAITING_POLLS) return pull();
  // Listen first: a change between the read and the wait must not be missed.
  const wait = waitForChange(waiting, waitMs, service.signal);
  try {
    const first = await pull();
    if (!first.allowed || hasChanges(first.value, input)) return first;
    const { heldMs, changed } = await wait.over;
    // Answered without reading the primary: the reader then polls again, and all waiting readers are notified at the
    // same time.
    if (changed && !service.signal.aborted && !isStopped()) return allow(asOldNews(first.value, heldMs));
    const later = await pull();
    return later.allowed ? allow({ ...later.value, heldMs }) : later;
  } finally {
    wait.stop();
  }
}

function hasChanges({ inc, n, prunedTo }: ChangePage, input: FeedInput): boolean {
  return input.after === undefined || n !== input.after || prunedTo > input.after || inc !== (input.inc ?? inc);
}

/** Returns the page read before the wait, marked as out of date. */
function asOldNews(page: ChangePage, heldMs: number): ChangePage {
  return { ...page, more: true, heldMs, ageMs: heldMs };
}

interface Waited {
  readonly heldMs: number;
  readonly changed: boolean;
}

/** Waits until a change happens, the key of the service is revoked, or the time is over. */
function waitForChange(
  waiting: Set<() => void>,
  waitMs: number,
  signal: AbortSignal,
): { readonly over: Promise<Waited>; stop(): void } {
  const startedAt = performance.now();
  let end = (_changed: boolean): void => undefined;
  const over = new Promise<Waited>((resolve) => {
    end = (changed) => resolve({ heldMs: Math.floor(performance.now() - startedAt), changed });
  });
  const change = () => end(true);
  const giveUp = () => end(false);
  const timer = setTimeout(giveUp, waitMs);
  waiting.add(change);
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();
  const stop = () => {
    clearTimeout(timer);
    waiting.delete(change);
    signal.removeEventListener('abort', giveUp);
  };
  return { over, stop };
}

/** Most rows read by one statement. A service that follows the feed is never that far behind. */
const NEAR_ROWS = 1000;

/**
 * Calls `work` with the rows of a page. Reads them by one statement if the store supports it and the reader is not far
 * behind.
 */
async function inSnapshot<R>(
  store: RowStore,
  { keyId }: Principal,
  { inc, after }: FeedInput,
  work: (tx: ReadTransaction) => Promise<R>,
): Promise<R> {
  if (store.rowsOfFeed === undefined || keyId === undefined || !Number.isSafeInteger(after)) return store.read(work);
  const question = { after: after ?? -1, limit: NEAR_ROWS, keyId, setting: SUSPENDED.name };
  const rows = await store.rowsOfFeed(question);
  // A reader of another incarnation gets every change from the first on.
  const isWhole = rows.change.length < NEAR_ROWS && (inc === undefined || rows.revision[0]?.incarnation === inc);
  return isWhole ? work(readGathered(rows)) : store.read(work);
}

async function readPage(
  tx: ReadTransaction,
  principal: Principal,
  input: FeedInput,
  now: number,
): Promise<Outcome<ChangePage>> {
  const service = await readService(tx, principal, now);
  if (!service.allowed) return service;
  const row = await tx.get('revision', { id: 1 });
  if (row === undefined) throw new UnavailableError('store', new Error('the store was never initialised'));
  const after = input.inc !== undefined && input.inc !== row.incarnation ? undefined : input.after;
  if (after !== undefined && !Number.isSafeInteger(after)) return deny('ERR_VALIDATION');
  const rows = row.n === after ? [] : await readRows(tx, after);
  const last = rows.at(-1)?.n ?? row.n;
  const { policy } = service.value;
  return allow({
    protocol: 1,
    inc: row.incarnation,
    n: Math.min(last, row.n),
    prunedTo: row.prunedTo,
    changes: await onlyServed(tx, policy, rows),
    organizations: policy.organizations,
    more: last < row.n,
    heldMs: 0,
    ageMs: 0,
  });
}

async function readRows(tx: ReadTransaction, after: number | undefined): Promise<readonly ChangeRow[]> {
  const rows = await tx.find('change', {}, { after: { n: after ?? -1 }, limit: PAGE_ROWS });
  const last = rows.at(-1);
  if (last === undefined || rows.length < PAGE_ROWS) return rows;
  const whole = rows.filter(({ n }) => n < last.n);
  return whole.length > 0 ? whole : tx.find('change', { n: last.n });
}

async function onlyServed(
  tx: ReadTransaction,
  policy: ServicePolicy,
  rows: readonly ChangeRow[],
): Promise<readonly FeedChange[]> {
  const told: FeedChange[] = [];
  for (const { n, scope, id } of rows) if (await concerns(tx, policy, scope, id)) told.push({ n, scope, id });
  return told;
}

async function concerns(tx: ReadTransaction, policy: ServicePolicy, scope: ScopeKind, id: string): Promise<boolean> {
  if (policy.organizations === 'all') return true;
  if (scope === 'org') return serves(policy, id);
  if (scope === 'membership') return serves(policy, id.slice(id.indexOf(':') + 1));
  if (scope !== 'key') return true;
  const oid = (await tx.get('key', { keyId: id }))?.oid;
  return typeof oid !== 'string' || serves(policy, oid);
}
