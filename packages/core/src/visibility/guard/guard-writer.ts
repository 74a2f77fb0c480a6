import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OrganizationCaller } from '../../principal/organization-caller.js';
import type { IntentRow, OwnershipRow } from '../../store/rows.js';
import type { RowStore } from '../../store/store.js';
import type { WriteTransaction } from '../../store/transaction.js';
import type { Ownership } from '../ownership.js';
import {
  changeOwnership,
  countChange,
  dropOwnership,
  endIntent,
  endUnknownIntent,
  isTaken,
  mergeOwnership,
  type OwnershipChange,
  removeIntent,
} from './change-ownership.js';
import { type IdNamespace, spaceKey } from './id-namespace.js';
import { createKeyedMutex } from './mutex.js';
import { type OwnershipSnapshot, readOwnership, readOwnershipSnapshot } from './ownership-reader.js';
import { reconcileIntent } from './reconcile-intent.js';

/** The exclusive right to write one resource, until `release` is called or the process dies. */
export interface Lease {
  readonly space: IdNamespace;
  /** The intent (the stored plan of the write) as last written. */
  intent: IntentRow;
  /** Stops renewing the lease, and lets the next writer in this process proceed. Removes no row. */
  release(): void;
}

/** Asks the service if a resource exists. */
export type Exists = (id: string) => Promise<boolean>;

/**
 * Result of a write that was passed to the router. `unknown` if the router failed. The service is then asked whether
 * the resource exists.
 */
export type WriteOutcome = 'done' | 'not-done' | 'unknown';

/** The planned write to a resource, decided from the resource's ownership. */
export interface Plan {
  readonly operation: IntentRow['operation'];
  /** Ownership after the write. Undefined to keep the stored ownership. */
  readonly pending?: Ownership;
  /** True if both the stored and the pending ownership must allow an action while the write is pending. */
  readonly strict: boolean;
  /** True if the stored ownership belongs to a resource that no longer exists, and must be removed first. */
  readonly dropFirst: boolean;
}

/** Options of {@link createGuardWriter}. */
export interface GuardWriterOptions {
  readonly store: RowStore;
  /** Returns the current time in milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Maximum time, in milliseconds, to wait for another write to the same resource. */
  readonly waitMs: number;
  /** Time without a renewal, in milliseconds, after which the writing process is treated as dead. */
  readonly leaseMs: number;
  /** Called if a lease was lost, or if the id of a new resource already has an owner. */
  readonly onTrouble: (trouble: 'lease-lost' | 'id-taken', intent: IntentRow) => void;
}

const POLL_MS = 25;
const UNOWNED: Ownership = Object.freeze({ createdBy: null, lockedBy: null, secretTo: null });

/** Stores ownership before and after a router's writes. Each resource has only one writer at a time. */
export interface GuardWriter {
  /** Acquires the right to write a resource. Returns undefined if another writer did not finish in time. */
  acquire(space: IdNamespace, caller: OrganizationCaller, id: string, exists: Exists): Promise<Lease | undefined>;
  /**
   * Calls `decide` and stores the returned plan, in one transaction. If `decide` returns undefined, nothing changes.
   */
  plan(lease: Lease, decide: (snapshot: OwnershipSnapshot) => Plan | undefined): Promise<void>;
  /** Stores the results of the writes for these leases in one transaction, and releases the leases. */
  complete(leases: readonly Lease[], outcome: WriteOutcome, exists: Exists): Promise<void>;
  /** Stores an intent (a pending write) for a create whose id the service will assign. */
  reserve(space: IdNamespace, caller: OrganizationCaller, pending: Ownership): Promise<Lease>;
  /** Stores the ownership of a new resource. Returns undefined if the id already has an owner. */
  assignOwnership(created: CreatedResource, reserved: Lease | undefined): Promise<OwnershipRow | undefined>;
}

/** A resource that the service has just created. */
export interface CreatedResource {
  readonly space: IdNamespace;
  readonly caller: OrganizationCaller;
  readonly id: string;
  readonly ownership: Ownership;
}

/** Creates the guard writer for one process. */
export function createGuardWriter(options: GuardWriterOptions): GuardWriter {
  const mutex = createKeyedMutex();
  return {
    async acquire(space, caller, id, exists) {
      const release = await mutex.lock(`${spaceKey(space)} ${id}`, options.waitMs);
      if (release === undefined) return undefined;
      try {
        const intent = await acquireTurn(options, space, newIntent(options, space, caller, id), exists);
        if (intent !== undefined) return leaseOf(options, space, intent, release);
      } catch (error) {
        release();
        throw error;
      }
      release();
      return undefined;
    },
    plan: (lease, decide) => writePlan(options, lease, decide),
    complete: (leases, outcome, exists) => complete(options, leases, outcome, exists),
    async reserve(space, caller, pending) {
      const hold = newIntent(options, space, caller, undefined);
      const intent: IntentRow = { ...hold, ...pending, operation: 'create', strict: true };
      await options.store.write((tx) =>
        changeOwnership(tx, space, async (change) => {
          await tx.insert('intent', intent);
          countChange(change, { intents: 1 });
        }),
      );
      return leaseOf(options, space, intent, () => undefined);
    },
    assignOwnership: (created, reserved) => assignOwnership(options, created, reserved),
  };
}

function newIntent(
  { now, leaseMs }: GuardWriterOptions,
  { oid, type }: IdNamespace,
  caller: OrganizationCaller,
  id: string | undefined,
): IntentRow {
  const token = randomUUID();
  const startedAt = now();
  return {
    oid,
    type,
    id: id ?? `?${token}`,
    token,
    organization: caller.oid,
    identity: caller.identity,
    operation: 'hold',
    strict: false,
    ...UNOWNED,
    startedAt,
    endsAt: startedAt + leaseMs,
  };
}

/**
 * Stores the intent once no other intent for the resource is stored. Ends the other intent if its process died. Returns
 * undefined if the wait takes longer than `waitMs`.
 */
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
    // The other intent ended between the two statements. The next attempt may succeed.
    return other ?? { ...intent, endsAt: Number.MAX_SAFE_INTEGER };
  }
}

/** Creates a lease that is renewed while this process runs. */
function leaseOf(options: GuardWriterOptions, space: IdNamespace, intent: IntentRow, release: () => void): Lease {
  const { store, now, leaseMs } = options;
  const { oid, type, id, token } = intent;
  const renew = async () => {
    await store.write(async (tx) => {
      const row = await tx.get('intent', { oid, type, id });
      if (row?.token === token) await tx.update('intent', { oid, type, id }, { endsAt: now() + leaseMs });
    });
  };
  // A failed renewal is repeated. If all fail, the lease expires, and `complete` reports it as lost.
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
  decide: (snapshot: OwnershipSnapshot) => Plan | undefined,
): Promise<void> {
  const { space, intent } = lease;
  const { oid, type, id } = intent;
  const written = await store.write((tx) =>
    changeOwnership(tx, space, async (change) => {
      const plan = decide(await readOwnershipSnapshot(tx, space, id));
      if (plan === undefined) return intent;
      if (plan.dropFirst) await dropOwnership(change, id);
      const { operation, strict, pending = UNOWNED } = plan;
      const next = { ...intent, operation, strict, ...pending };
      if (!strict) return next;
      const { createdBy, lockedBy, secretTo } = pending;
      const patch = { operation, strict, createdBy, lockedBy, secretTo };
      if (!(await tx.update('intent', { oid, type, id }, patch))) throw new Error('the lease ended too early');
      countChange(change, { intents: 1 });
      return next;
    }),
  );
  lease.intent = written;
}

async function complete(
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
      for (const lease of leases) await completeIntent(options, change, lease.intent, there.get(lease) ?? outcome);
    }),
  );
  for (const lease of leases) lease.release();
}

/**
 * Ends an intent according to the result of its write. If the result is unknown, `outcome` is a boolean: true if the
 * resource exists.
 */
async function completeIntent(
  { onTrouble }: GuardWriterOptions,
  change: OwnershipChange,
  intent: IntentRow,
  outcome: WriteOutcome | boolean,
): Promise<void> {
  const { oid, type, id, token } = intent;
  const held = (await change.tx.get('intent', { oid, type, id }))?.token === token;
  if (held && typeof outcome === 'boolean') {
    await endUnknownIntent(change, intent, outcome);
  } else if (held) {
    await endIntent(change, intent, outcome === 'done' ? 'done' : 'not-done');
  } else if (outcome === 'done' || outcome === (intent.operation !== 'delete')) {
    onTrouble('lease-lost', intent);
    await endIntent(change, intent, 'lost');
  }
}

async function assignOwnership(
  options: GuardWriterOptions,
  { space, caller, id, ownership }: CreatedResource,
  reserved: Lease | undefined,
): Promise<OwnershipRow | undefined> {
  const { oid, type } = space;
  const pending = { ...ownership, organization: caller.oid };
  for (;;) {
    const row = await options.store.write((tx) =>
      changeOwnership(tx, space, async (change) => {
        // Another write to this resource is in progress. The ownership on which that write was decided must not change.
        if ((await tx.get('intent', { oid, type, id })) !== undefined) return 'busy';
        if (reserved !== undefined) await removeIntent(change, reserved.intent);
        const there = await readOwnership(tx, space, id);
        const foreign = there !== undefined && (there.createdBy !== null || there.organization !== caller.oid);
        return foreign ? undefined : mergeOwnership(change, id, pending);
      }),
    );
    if (row !== 'busy') {
      reserved?.release();
      if (row === undefined) options.onTrouble('id-taken', { ...newIntent(options, space, caller, id), ...ownership });
      return row;
    }
    await sleep(POLL_MS);
  }
}
