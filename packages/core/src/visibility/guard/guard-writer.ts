import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OrganizationCaller } from '../../principal/organization-caller.js';
import type { IntentRow, OwnershipRow } from '../../store/rows.js';
import type { RowStore } from '../../store/store.js';
import type { WriteTransaction } from '../../store/transaction.js';
import type { Ownership } from '../ownership.js';
import {
  changeOwnership,
  count,
  dropOwnership,
  endIntent,
  isTaken,
  mergeOwnership,
  type OwnershipChange,
  removeIntent,
} from './change-ownership.js';
import { type IdNamespace, spaceKey } from './id-namespace.js';
import { createKeyedMutex } from './mutex.js';
import { type OwnershipSnapshot, readOwnership, readOwnershipSnapshot } from './ownership-reader.js';
import { reconcileIntent } from './reconcile-intent.js';

/** The right to write one resource, for as long as the process lives and `end` was not called. */
export interface Lease {
  readonly space: IdNamespace;
  /** The intent as it was written last. */
  intent: IntentRow;
  /** Stops renewing it and lets the next writer of this process in. Removes nothing. */
  release(): void;
}

/** Asks the service whether a resource is there. */
export type Exists = (id: string) => Promise<boolean>;

/** How a write that was let through ended. `unknown`: the router failed, so the service must be asked. */
export type WriteOutcome = 'done' | 'not-done' | 'unknown';

/** What is to be written of a resource, decided from its standing. */
export interface Plan {
  readonly operation: IntentRow['operation'];
  /** Ownership it will have; undefined leaves what there is. */
  readonly pending?: Ownership;
  /** Whether what it will have counts from now on. */
  readonly strict: boolean;
  /** Ownership of a resource that is gone must end first. */
  readonly dropFirst: boolean;
}

/** Options of {@link createGuardWriter}. */
export interface GuardWriterOptions {
  readonly store: RowStore;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** How long a write waits for another of the same resource, in milliseconds. */
  readonly waitMs: number;
  /** After this time without a sign of life the process of a write counts as dead, in milliseconds. */
  readonly leaseMs: number;
  /** Hears of writes that went wrong: the process lost its lease, or nobody knows what became of a write. */
  readonly onTrouble: (trouble: 'lease-lost' | 'unresolved' | 'id-taken', intent: IntentRow) => void;
}

const POLL_MS = 25;
const NOTHING: Ownership = Object.freeze({ createdBy: null, lockedBy: null, secretTo: null });

/** Writes ownership around the writes of a router: one writer at a time for each resource, over all processes. */
export interface GuardWriter {
  /** Undefined when another writer did not end in time. */
  acquire(space: IdNamespace, party: OrganizationCaller, id: string, exists: Exists): Promise<Lease | undefined>;
  /** Judges in the transaction that writes the plan down. Undefined from `judge` changes nothing. */
  plan(lease: Lease, judge: (standing: OwnershipSnapshot) => Plan | undefined): Promise<void>;
  /** Ends leases together. */
  settle(leases: readonly Lease[], outcome: WriteOutcome, exists: Exists): Promise<void>;
  /** Writes down that a resource is being made whose id the service will give. */
  announce(space: IdNamespace, party: OrganizationCaller, pending: Ownership): Promise<Lease>;
  /** Gives a new resource its ownership; undefined when somebody else owns one with this id. */
  stamp(made: CreatedResource, announced: Lease | undefined): Promise<OwnershipRow | undefined>;
}

/** A resource the service has just made. */
export interface CreatedResource {
  readonly space: IdNamespace;
  readonly party: OrganizationCaller;
  readonly id: string;
  readonly ownership: Ownership;
}

/** Makes the writer of one process. */
export function createGuardWriter(options: GuardWriterOptions): GuardWriter {
  const mutex = createKeyedMutex();
  return {
    async acquire(space, party, id, exists) {
      const release = await mutex.lock(`${spaceKey(space)}${id}`, options.waitMs);
      if (release === undefined) return undefined;
      try {
        const intent = await acquireTurn(options, space, newIntent(options, space, party, id), exists);
        if (intent !== undefined) return leaseOf(options, space, intent, release);
      } catch (error) {
        release();
        throw error;
      }
      release();
      return undefined;
    },
    plan: (lease, judge) => writePlan(options, lease, judge),
    settle: (leases, outcome, exists) => settle(options, leases, outcome, exists),
    async announce(space, party, pending) {
      const hold = newIntent(options, space, party, undefined);
      const intent: IntentRow = { ...hold, ...pending, operation: 'create', strict: true };
      await options.store.write((tx) =>
        changeOwnership(tx, space, async (change) => {
          await tx.insert('intent', intent);
          count(change, { intents: 1 });
        }),
      );
      return leaseOf(options, space, intent, () => undefined);
    },
    stamp: (made, announced) => stamp(options, made, announced),
  };
}

function newIntent(
  { now, leaseMs }: GuardWriterOptions,
  { oid, type }: IdNamespace,
  party: OrganizationCaller,
  id: string | undefined,
): IntentRow {
  const token = randomUUID();
  const startedAt = now();
  return {
    oid,
    type,
    id: id ?? `?${token}`,
    token,
    organization: party.oid,
    identity: party.identity,
    operation: 'hold',
    strict: false,
    ...NOTHING,
    startedAt,
    endsAt: startedAt + leaseMs,
  };
}

/** Writes the intent as soon as there is no other; ends one whose process died. */
async function acquireTurn(
  options: GuardWriterOptions,
  space: IdNamespace,
  intent: IntentRow,
  exists: Exists,
): Promise<IntentRow | undefined> {
  const { store, now, waitMs } = options;
  const deadline = performance.now() + waitMs;
  for (;;) {
    const other = await store.write((tx) => insertIntent(tx, intent));
    if (other === undefined) return intent;
    if (other.endsAt <= now()) await reconcileIntent(options, space, other, exists);
    else if (performance.now() >= deadline) return undefined;
    else await sleep(POLL_MS);
  }
}

async function insertIntent(tx: WriteTransaction, intent: IntentRow): Promise<IntentRow | undefined> {
  const { oid, type, id } = intent;
  try {
    await tx.insert('intent', intent);
    return undefined;
  } catch (error) {
    if (!isTaken(error)) throw error;
    const other = await tx.get('intent', { oid, type, id });
    // It ended between the two statements: the next turn finds the place free.
    return other ?? { ...intent, endsAt: Number.MAX_SAFE_INTEGER };
  }
}

/** A lease that is renewed while this process lives. */
function leaseOf(options: GuardWriterOptions, space: IdNamespace, intent: IntentRow, release: () => void): Lease {
  const { store, now, leaseMs } = options;
  const { oid, type, id, token } = intent;
  const renew = async () => {
    await store.write(async (tx) => {
      const row = await tx.get('intent', { oid, type, id });
      if (row?.token === token) await tx.update('intent', { oid, type, id }, { endsAt: now() + leaseMs });
    });
  };
  // A renewal that fails is tried again; when all fail the lease ends, and settling finds it lost.
  const timer = setInterval(() => void renew().catch(() => undefined), leaseMs / 3).unref();
  return {
    space,
    intent,
    release() {
      clearInterval(timer);
      release();
    },
  };
}

async function writePlan(
  { store }: GuardWriterOptions,
  lease: Lease,
  judge: (standing: OwnershipSnapshot) => Plan | undefined,
): Promise<void> {
  const { space, intent } = lease;
  const { oid, type, id } = intent;
  const written = await store.write((tx) =>
    changeOwnership(tx, space, async (change) => {
      const plan = judge(await readOwnershipSnapshot(tx, space, id));
      if (plan === undefined) return intent;
      if (plan.dropFirst) await dropOwnership(change, id);
      const { operation, strict, pending = NOTHING } = plan;
      const next = { ...intent, operation, strict, ...pending };
      if (!strict) return next;
      const { createdBy, lockedBy, secretTo } = pending;
      const patch = { operation, strict, createdBy, lockedBy, secretTo };
      if (!(await tx.update('intent', { oid, type, id }, patch))) throw new Error('the lease ended too early');
      count(change, { intents: 1 });
      return next;
    }),
  );
  lease.intent = written;
}

async function settle(
  options: GuardWriterOptions,
  leases: readonly Lease[],
  outcome: WriteOutcome,
  exists: Exists,
): Promise<void> {
  const [first] = leases;
  if (first === undefined) return;
  const { space } = first;
  const there = new Map<Lease, boolean>();
  if (outcome === 'unknown') {
    for (const lease of leases) there.set(lease, await exists(lease.intent.id));
  }
  await options.store.write((tx) =>
    changeOwnership(tx, space, async (change) => {
      for (const { intent } of leases.filter((lease) => !there.has(lease)))
        await completeIntent(options, change, intent, outcome);
      for (const [{ intent }, isThere] of there)
        await completeIntent(options, change, intent, outcomeOf(intent, isThere));
    }),
  );
  for (const lease of leases) lease.release();
}

/** What became of a write, told by whether the resource is there now. An update that failed did not take the lock. */
function outcomeOf({ operation }: IntentRow, isThere: boolean): 'done' | 'not-done' {
  if (operation === 'create') return isThere ? 'done' : 'not-done';
  return operation === 'delete' && !isThere ? 'done' : 'not-done';
}

async function completeIntent(
  { onTrouble }: GuardWriterOptions,
  change: OwnershipChange,
  intent: IntentRow,
  outcome: WriteOutcome,
): Promise<void> {
  const { oid, type, id, token } = intent;
  const held = (await change.tx.get('intent', { oid, type, id }))?.token === token;
  if (held) {
    await endIntent(change, intent, outcome === 'done' ? 'done' : 'not-done');
  } else if (outcome === 'done') {
    onTrouble('lease-lost', intent);
    await endIntent(change, intent, 'lost');
  }
}

async function stamp(
  options: GuardWriterOptions,
  { space, party, id, ownership }: CreatedResource,
  announced: Lease | undefined,
): Promise<OwnershipRow | undefined> {
  const { oid, type } = space;
  const pending = { ...ownership, organization: party.oid };
  for (;;) {
    const row = await options.store.write((tx) =>
      changeOwnership(tx, space, async (change) => {
        // Somebody writes the resource already: their decision must not change under them.
        if ((await tx.get('intent', { oid, type, id })) !== undefined) return 'busy';
        if (announced !== undefined) await removeIntent(change, announced.intent);
        const there = await readOwnership(tx, space, id);
        const foreign = there !== undefined && (there.createdBy !== null || there.organization !== party.oid);
        return foreign ? undefined : mergeOwnership(change, id, pending);
      }),
    );
    if (row !== 'busy') {
      announced?.release();
      if (row === undefined) options.onTrouble('id-taken', { ...newIntent(options, space, party, id), ...ownership });
      return row;
    }
    await sleep(POLL_MS);
  }
}
