import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { serves } from '../../permission/serves.js';
import { SUSPENDED } from '../../principal/key/suspended.js';
import type { Principal } from '../../principal/principal.js';
import type { Revision } from '../../revision/revision.js';
import { notInitialized } from '../../store/initialize.js';
import type { ChangeRow, ScopeKind, ServicePolicy } from '../../store/rows.js';
import type { RowStore } from '../../store/store.js';
import { readGathered } from '../../store/together.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { readService } from './presented-credential.js';

/** One page of the change feed, read from one snapshot of the primary database. */
export interface ChangePage {
  readonly protocol: 1;
  readonly inc: string;
  /**
   * Number of the last change on the page. If no more changes follow, this is the current revision (change counter).
   */
  readonly n: number;
  /** Number of the newest change that is no longer stored. All later changes are still stored. */
  readonly prunedTo: number;
  readonly changes: readonly FeedChange[];
  /** Organizations that the requesting service serves. Changes to other organizations are omitted. */
  readonly organizations: ServicePolicy['organizations'];
  /**
   * True if more changes follow this page, so that the service is still out of date. The service must poll again with
   * the `n` of this page, without waiting. If a change happens while a request waits, the response to that request has
   * the value true.
   */
  readonly more: boolean;
  /** Milliseconds for which the request waited for a change. */
  readonly heldMs: number;
  /** Age of the page when it is returned: milliseconds since it was read. */
  readonly ageMs: number;
}

export interface FeedChange {
  readonly n: number;
  readonly scope: ScopeKind;
  readonly id: string;
}

export interface FeedInput {
  /**
   * Incarnation (history of revisions) that the service knows. If this is not the current incarnation, all changes are
   * returned.
   */
  readonly inc?: string | undefined;
  /**
   * Number of the last change that the service has received.
   *
   * @default none, so every stored change is returned
   */
  readonly after?: number | undefined;
  /** Milliseconds to wait if there is no change yet, at most `maxWaitMs` (a third of the staleness bound). */
  readonly waitMs?: number | undefined;
}

export interface ChangeFeed {
  /**
   * Returns the changes after `input.after`. Refuses a service whose key is no longer valid.
   *
   * @throws UnavailableError if the store cannot be read
   */
  read(service: Principal, input: FeedInput): Promise<Outcome<ChangePage>>;
  /** Ends the wait of all waiting requests, so that these requests return. Later requests do not wait. */
  stop(): void;
}

export interface ChangeFeedOptions {
  /** Store whose changes are served. */
  readonly store: RowStore;
  /** Revision (change counter) that wakes waiting requests when a change happens. */
  readonly revision: Revision;
  /** Returns the current time, in milliseconds since the Unix epoch. */
  readonly now: () => number;
  /**
   * Maximum time for which a request may wait, in milliseconds. Pass a third of the staleness bound (maximum
   * staleness).
   */
  readonly maxWaitMs: number;
}

/** Maximum number of waiting requests. Further requests return immediately. */
const MAX_WAITING_POLLS = 10_000;

/**
 * Maximum number of rows on a page. All rows of one change are on the same page, so a page is larger if one change has
 * more rows.
 */
const PAGE_ROWS = 5000;

/**
 * Creates the feed from which services without a database read security changes.
 *
 * The feed contains only ids and numbers. For each service, the feed omits changes that certainly concern no
 * organization that the service serves. In case of doubt, the feed contains the change, so that the service never
 * misses a change that it needs.
 *
 * @see docs/services.md
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
  // Starts listening before the read, so that no change between the read and the wait is missed.
  const wait = waitForChange(waiting, waitMs, service.signal);
  try {
    const first = await pull();
    if (!first.allowed || hasChanges(first.value, input)) return first;
    const { heldMs, changed } = await wait.over;
    // Returns without reading the primary database again. A change wakes all waiting requests at the same time, and
    // otherwise all of them would read at once. The service then polls again.
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

/** Returns the page that was read before the wait, marked as out of date (`more`). */
function asOldNews(page: ChangePage, heldMs: number): ChangePage {
  return { ...page, more: true, heldMs, ageMs: heldMs };
}

interface Waited {
  readonly heldMs: number;
  readonly changed: boolean;
}

/** Waits until a change happens, the service's key is revoked, or `waitMs` have passed. */
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

/**
 * Maximum number of rows read by one statement. A service that polls regularly is never behind by this number of
 * changes.
 */
const NEAR_ROWS = 1000;

/**
 * Calls `work` with a transaction from which `work` reads the rows of a page. If the store has `rowsOfFeed` and the
 * service is not far behind, all rows are read beforehand by one statement.
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
  // A service whose incarnation is not the current one gets all changes from the first one on. `rows` do not contain
  // all these changes.
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
  if (row === undefined) throw notInitialized();
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
