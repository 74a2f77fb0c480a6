import type { Denial, RefusedCaller } from '../../denial/denial.js';
import { denialTable } from '../../denial/denial-table.js';
import { decidePermissions, type Requirement } from '../../permission/requirement.js';
import type { OrganizationView, Principal } from '../../principal/principal.js';
import type { RowStore } from '../../store/store.js';
import { DAY_MS } from '../command/day.js';
import { addUsage, placeOf, pruneUsage, type UsageSums, writeUsage } from './write-usage.js';

/** Counts the calls made with each key in memory, and writes the totals in batches. */
export interface UsageLog {
  /**
   * Counts a call by a caller that belongs to exactly one organization. Does nothing for a caller that belongs to
   * several organizations: `countCallIn` counts the calls of such a caller.
   */
  countCall(caller: Principal): void;
  /**
   * Counts a call by a caller that belongs to several organizations. `oid` is the organization of the first permission
   * check of the request. Does nothing for a caller that belongs to one organization.
   */
  countCallIn(caller: Principal, oid: string): void;
  /** Counts the permissions that a request used. */
  countPermitted(caller: Principal, oid: string, requirement: Requirement): void;
  /** Counts a refused request of an identified caller. */
  countDenial(caller: RefusedCaller, denial: Denial): void;
  /**
   * Writes the totals in small transactions without the revision lock (which security writes take). Totals that could
   * not be written are kept for the next flush.
   */
  flush(): Promise<void>;
  /** Stops the timer and writes the remaining totals. */
  stop(): Promise<void>;
}

export interface UsageLogOptions {
  readonly store: RowStore;
  readonly now: () => number;
}

/**
 * Milliseconds from the first count in a batch to the writing of the batch. A process that is killed loses the counts
 * that it has not written.
 */
const USAGE_FLUSH_MS = 10_000;

/**
 * Maximum number of keys that are counted between two writes. A key is counted once for each organization in which it
 * is used. Calls of further keys are not counted.
 */
const MAX_COUNTED = 10_000;

interface Counter {
  readonly batch: Batch;
  readonly oid: string;
  readonly keyId: string;
  calls: number;
  denials: number;
  limited: number;
  readonly used: Map<Requirement, { readonly names: readonly string[]; count: number }>;
}

interface Batch {
  /** Days since the Unix epoch, in UTC. */
  readonly day: number;
  readonly counters: Map<string, Counter>;
}

type CounterOf = (caller: Principal, oid: string) => Counter | undefined;

/**
 * Creates a usage log. Counting a call takes one lookup and one addition. Totals by permission name are computed only
 * when the totals are written.
 *
 * @example
 * const usage = createUsageLog({ store, now: Date.now });
 * usage.countCall(principal);
 * await usage.stop(); // writes what is left
 */
export function createUsageLog({ store, now }: UsageLogOptions): UsageLog {
  let batch: Batch | undefined;
  let prunedOn = -1;
  let timer: NodeJS.Timeout | undefined;
  let flushing = Promise.resolve();
  const due = new Map<string, UsageSums>();
  const schedule = (afterMs: number) => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void flush().catch(() => schedule(USAGE_FLUSH_MS));
    }, afterMs).unref();
  };
  const current = (): Batch => {
    if (batch !== undefined) return batch;
    const at = now();
    batch = { day: Math.floor(at / DAY_MS), counters: new Map() };
    // Written at midnight (UTC) at the latest, so that a batch contains counts of one day only.
    schedule(Math.min(USAGE_FLUSH_MS, DAY_MS - (at % DAY_MS)));
    return batch;
  };
  const write = async () => {
    const taken = batch;
    batch = undefined;
    if (taken !== undefined) addBatch(due, taken);
    await writeUsage(store, due);
    const today = Math.floor(now() / DAY_MS);
    if (today === prunedOn) return;
    await pruneUsage(store, today);
    prunedOn = today;
  };
  const flush = () => {
    const flushed = flushing.then(write);
    flushing = flushed.catch(() => undefined);
    return flushed;
  };
  return {
    ...counting(createCounters(current)),
    flush,
    async stop() {
      clearTimeout(timer);
      await flush();
    },
  };
}

/**
 * Creates a function that returns the counter for a caller in an organization. For a caller that was seen before, the
 * function finds the counter by the caller's `OrganizationView`, the object that holds the caller's rights there.
 */
function createCounters(current: () => Batch): CounterOf {
  const known = new WeakMap<OrganizationView, Counter>();
  // A request is counted several times in a row, for its call and its permissions, so the last counter is kept.
  let last: { readonly caller: Principal; readonly oid: string; readonly counter: Counter } | undefined;
  const find = (caller: Principal, oid: string, batch: Batch) => {
    const view = caller.in(oid);
    // A session of the console is not a key.
    if (view === undefined || caller.keyId === undefined || caller.kind === 'user') return undefined;
    const seen = known.get(view);
    if (seen !== undefined && seen.batch === batch) return seen;
    const found = counterIn(batch, view.oid, caller.keyId);
    if (found !== undefined) known.set(view, found);
    return found;
  };
  return (caller, oid) => {
    const batch = current();
    if (last !== undefined && last.caller === caller && last.oid === oid && last.counter.batch === batch) {
      return last.counter;
    }
    const counter = find(caller, oid, batch);
    if (counter !== undefined) last = { caller, oid, counter };
    return counter;
  };
}

function counterIn(batch: Batch, oid: string, keyId: string): Counter | undefined {
  const place = `${oid} ${keyId}`;
  const known = batch.counters.get(place);
  if (known !== undefined || batch.counters.size === MAX_COUNTED) return known;
  const counter: Counter = { batch, oid, keyId, calls: 0, denials: 0, limited: 0, used: new Map() };
  batch.counters.set(place, counter);
  return counter;
}

function counting(counterOf: CounterOf): Omit<UsageLog, 'flush' | 'stop'> {
  return {
    countCall(caller) {
      const { organizations } = caller;
      const counter = organizations.length === 1 ? counterOf(caller, organizations[0] ?? '') : undefined;
      if (counter !== undefined) counter.calls += 1;
    },
    countCallIn(caller, oid) {
      const counter = caller.organizations.length > 1 ? counterOf(caller, oid) : undefined;
      if (counter !== undefined) counter.calls += 1;
    },
    countPermitted(caller, oid, requirement) {
      const counter = counterOf(caller, oid);
      if (counter === undefined) return;
      const used = counter.used.get(requirement);
      if (used !== undefined) used.count += 1;
      else counter.used.set(requirement, { names: grantedNames(caller, oid, requirement), count: 1 });
    },
    countDenial(caller, denial) {
      if (!isPrincipal(caller) || denialTable[denial.code].stage === 'fault') return;
      const counter = counterOf(caller, organizationOf(caller, denial));
      if (counter === undefined) return;
      if (denial.code === 'ERR_RATE_LIMITED') counter.limited += 1;
      else counter.denials += 1;
    },
  };
}

function grantedNames(caller: Principal, oid: string, requirement: Requirement): readonly string[] {
  const decision = decidePermissions(requirement, caller.in(oid)?.bits ?? []);
  return decision.allowed ? decision.granted : [];
}

function isPrincipal(caller: RefusedCaller): caller is Principal {
  return 'keyId' in caller && 'in' in caller;
}

/**
 * Returns the organization for which a refused request is counted. This is the organization that the request was about,
 * if the caller belongs to that organization. Otherwise, it is the caller's organization, if the caller belongs to
 * exactly one. In all other cases, returns an empty string.
 */
function organizationOf({ organizations }: Principal, { organization }: Denial): string {
  if (organization !== undefined && organizations.includes(organization.toLowerCase())) return organization;
  return organizations.length === 1 ? (organizations[0] ?? '') : '';
}

function addBatch(due: Map<string, UsageSums>, { day, counters }: Batch): void {
  for (const { oid, keyId, calls, denials, limited, used } of counters.values()) {
    const permissions = new Map<string, number>();
    for (const { names, count } of used.values()) {
      for (const name of names) permissions.set(name, (permissions.get(name) ?? 0) + count);
    }
    const sums = { oid, day, keyId, calls, denials, limited, permissions: Object.fromEntries(permissions) };
    const place = placeOf(sums);
    const before = due.get(place);
    if (before !== undefined) due.set(place, addUsage(before, sums));
    else if (due.size < MAX_COUNTED) due.set(place, sums);
  }
}
