import { allow, type Denial, deny, type Outcome } from '@flairgate/core';
import {
  checkAbsent,
  checkUnknowable,
  type GuardedTarget,
  type Lease,
  mayHide,
  mayKnowUnowned,
  type OwnershipSnapshot,
  type WriteOutcome,
} from '@flairgate/core/internal';
import { asOfNow } from './as-of-now.js';
import { bodyOf } from './body.js';
import { type Call, report } from './call.js';
import { createWithServerId } from './create-with-server-id.js';
import { GONE, type GuardAnswer, toGuardAnswer } from './guard-answer.js';
import { ABANDONED_MS, outcomeOf, runRouter } from './router/run-router.js';
import { isThere } from './settings.js';
import { toWriteAnswer } from './write-answer.js';
import { type AskedWrite, askedWrite, type DecidedWrite, planTarget } from './write-targets.js';

/** Decides about a write, blocks other writers, lets the router write, and stores the ownership. */
export async function writeOne(call: Call, id: string | undefined): Promise<GuardAnswer> {
  const read = await bodyOf(call.req, call.guard.maxBodyBytes);
  // Read again, because a caller can delay its body.
  const current = await asOfNow(call);
  if ('code' in current) return toGuardAnswer(current);
  const asked = 'code' in read ? read : askedWrite(current, id, read.body);
  return 'code' in asked ? toGuardAnswer(asked) : writeAsked(current, asked);
}

async function writeAsked(asking: Call, asked: AskedWrite): Promise<GuardAnswer> {
  const leases: Lease[] = [];
  try {
    const admitted = await admitWrite(asking, asked, leases);
    if (admitted.allowed) {
      const { call, decided } = admitted.value;
      return await (asked.createsWithServerId ? createWithServerId : runWrite)(call, decided);
    }
    await releaseLeases(asking, leases, 'not-done');
    return toGuardAnswer(await namedHolder(asking, admitted));
  } finally {
    for (const lease of leases) lease.release();
  }
}

/** An allowed write, and the call with the caller's rights at the time of the decision. */
interface AdmittedWrite {
  readonly call: Call;
  readonly decided: DecidedWrite;
}

/**
 * Blocks all other writers of the same resources, and then decides about the write with the caller's rights at that
 * time. If these rights change before the decision is complete, the write is refused with the advice to try again.
 */
async function admitWrite(asking: Call, asked: AskedWrite, leases: Lease[]): Promise<Outcome<AdmittedWrite>> {
  const unknowable = await checkNotHidden(asking, asked.targets);
  if (unknowable !== undefined) return unknowable;
  const held = await acquireAll(asking, asked.targets, leases);
  if (!held.allowed) return held;
  const call = await asOfNow(asking);
  if ('code' in call) return call;
  const hidden = call === asking ? undefined : await checkNotHidden(call, asked.targets);
  if (hidden !== undefined) return hidden;
  const decided = await decideWrite(call, asked, held.value);
  if (!decided.allowed) return decided;
  const last = await asOfNow(call);
  if ('code' in last) return last;
  return last === call ? allow({ call, decided: decided.value }) : BUSY;
}

const BUSY = Object.freeze(
  deny('ERR_RESOURCE_EXISTS', {
    detail: 'the resource is being written; try again',
    reason: 'busy',
    members: { retryAfter: 1 },
  }),
);

async function decideWrite(
  call: Call,
  { targets }: AskedWrite,
  held: ReadonlyMap<GuardedTarget, Lease>,
): Promise<Outcome<DecidedWrite>> {
  let source: OwnershipSnapshot | undefined;
  let full = true;
  for (const target of targets) {
    const lease = held.get(target);
    if (lease === undefined) throw new Error('a target of the write has no lease');
    const exists = await isThere(call.guard, call.req, target.id);
    const admissions: Outcome<unknown>[] = [];
    await call.guard.writer.plan(lease, (snapshot) => {
      const { admission, plan, full: reads } = planTarget(call, { target, lease, exists }, snapshot, { source });
      admissions.push(admission);
      full &&= reads;
      source ??= snapshot;
      return plan;
    });
    const admission = admissions.at(-1);
    if (admission !== undefined && !admission.allowed) return admission;
  }
  const ids = targets.map((target) => target.id);
  return allow({ leases: [...held.values()], ids, full, source });
}

/**
 * Returns a refusal if the write is to a resource that the caller cannot see. Must run before the guard waits for
 * another writer, because such a wait would reveal that the resource exists.
 */
async function checkNotHidden(call: Call, targets: readonly GuardedTarget[]): Promise<Denial | undefined> {
  const { guard, caller, space } = call;
  if (!mayHide(caller, space)) return undefined;
  const snapshot = await guard.reader.snapshot(
    space,
    targets.map(({ id }) => id),
  );
  for (const target of targets) {
    const denial = await checkTarget(call, snapshot, target);
    if (denial !== undefined) return denial;
  }
  return undefined;
}

/**
 * Returns a refusal if the caller must not know of the target, or if a target that must exist is missing.
 *
 * Some callers may know of resources without an owner. For them, the ownership records alone do not show which ids are
 * missing, so `load` is called for both hidden and missing resources. For other callers, `load` is called for neither.
 */
async function checkTarget(
  { guard, req, caller }: Call,
  snapshot: OwnershipSnapshot,
  target: GuardedTarget,
): Promise<Denial | undefined> {
  const denial = checkUnknowable(caller, snapshot, target);
  const absent = checkAbsent(caller, target);
  if (absent === undefined || !mayKnowUnowned(caller, snapshot)) return denial;
  if (denial === undefined && snapshot.owned.has(target.id)) return undefined;
  const there = await isThere(guard, req, target.id);
  return denial ?? (there ? undefined : absent);
}

/**
 * Acquires the leases (exclusive rights to write) in the order of the ids, so that two concurrent renames in opposite
 * directions cannot deadlock.
 */
async function acquireAll(
  call: Call,
  targets: readonly GuardedTarget[],
  leases: Lease[],
): Promise<Outcome<ReadonlyMap<GuardedTarget, Lease>>> {
  const { guard, req, space, caller } = call;
  const held = new Map<GuardedTarget, Lease>();
  for (const target of targets.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const lease = await guard.writer.acquire(space, caller, target.id, (id) => isThere(guard, req, id));
    if (lease === undefined) return BUSY;
    leases.push(lease);
    held.set(target, lease);
  }
  return allow(held);
}

async function runWrite(call: Call, decided: DecidedWrite): Promise<GuardAnswer> {
  const captured = await runRouter(call, ABANDONED_MS);
  if (captured === undefined) {
    report(call, 'unresolved', 'the router never answered', decided.ids[0]);
    return GONE;
  }
  await releaseLeases(call, decided.leases, outcomeOf(captured));
  return toWriteAnswer(call, captured, decided);
}

async function releaseLeases(call: Call, leases: readonly Lease[], outcome: WriteOutcome): Promise<void> {
  const { guard, req } = call;
  try {
    await guard.writer.complete(leases, outcome, (id) => isThere(guard, req, id));
  } catch (error) {
    // The intents (records of writes that were begun) stay in force until a later request finds out whether the write
    // happened.
    report(call, 'unresolved', 'the store or the service failed', leases[0]?.intent.id);
    if (outcome === 'not-done') throw error;
  }
}

/** If a refusal names the identity that holds a lock, replaces the identity's id by its name. */
async function namedHolder({ guard }: Call, denial: Denial): Promise<Denial> {
  const { lockedBy } = denial.members;
  if (denial.code !== 'ERR_RESOURCE_LOCKED' || typeof lockedBy !== 'string') return denial;
  const identity = await guard.store.read((tx) => tx.get('identity', { id: lockedBy }));
  const name = identity?.name ?? lockedBy;
  return { ...denial, detail: `the resource is locked by ${name}`, members: { lockedBy: name } };
}
