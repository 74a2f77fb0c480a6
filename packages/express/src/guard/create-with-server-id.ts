import { isJson, type Lease } from '@flairgate/core/internal';
import { denyAnswer, findAnswerFault, parseJson } from './answer.js';
import { type Call, report } from './call.js';
import { GONE, type GuardAnswer } from './guard-answer.js';
import type { Captured } from './router/intercept.js';
import { ABANDONED_MS, outcomeOf, runRouter } from './router/run-router.js';
import { idOf } from './settings.js';
import { toWriteAnswer } from './write-answer.js';
import { type DecidedWrite, ownershipOfNew } from './write-targets.js';

/**
 * Lets the router create a resource whose id the service chooses.
 *
 * If the new resource will be locked or secret, or if `tenancy` is `shared`, the guard first reserves the resource's
 * ownership. Until the id is known, any resource of this type without an owner may be the new one. Each of them is
 * therefore treated as if it already had the reserved ownership. If the id never becomes known, the reservation stays.
 */
export async function createWithServerId(call: Call, decided: DecidedWrite): Promise<GuardAnswer> {
  const { guard, space, caller } = call;
  const ownership = ownershipOfNew(call, decided);
  const strict = ownership.lockedBy !== null || ownership.secretTo !== null || space.tenancy === 'shared';
  const reserved = strict ? await guard.writer.reserve(space, caller, ownership) : undefined;
  try {
    const captured = await runRouter(call, ABANDONED_MS);
    const outcome = outcomeOf(captured);
    const id = captured !== undefined && outcome === 'done' ? idOfAnswer(call, captured) : undefined;
    if (outcome === 'not-done' && reserved !== undefined) {
      await guard.writer.complete([reserved], 'not-done', async () => false);
    }
    if (id === undefined && outcome !== 'not-done') releaseReserved(call, reserved);
    await guard.writer.complete(decided.leases, 'not-done', async () => true);
    return captured === undefined ? GONE : await toCreatedAnswer(call, captured, { id, ownership, reserved });
  } finally {
    reserved?.release();
  }
}

interface CreatedResource {
  readonly id: string | undefined;
  readonly ownership: ReturnType<typeof ownershipOfNew>;
  readonly reserved: Lease | undefined;
}

async function toCreatedAnswer(
  call: Call,
  captured: Captured,
  { id, ownership, reserved }: CreatedResource,
): Promise<GuardAnswer> {
  const { guard, space, caller } = call;
  if (id === undefined) {
    const failed = outcomeOf(captured) !== 'done';
    return failed
      ? toWriteAnswer(call, captured, { ids: [], full: true })
      : denyAnswer(call, 'the answer to the create has no id');
  }
  const row = await guard.writer.assignOwnership({ space, caller, id, ownership }, reserved);
  return row === undefined
    ? denyAnswer(call, 'the new id already has an owner')
    : toWriteAnswer(call, captured, { ids: [id], full: true });
}

function idOfAnswer({ guard }: Call, captured: Captured): string | undefined {
  const item = findAnswerFault(captured) === undefined ? parseJson(captured) : undefined;
  return isJson(item) ? idOf(guard, item) : undefined;
}

function releaseReserved(call: Call, reserved: Lease | undefined): void {
  if (reserved !== undefined)
    report(call, 'unresolved', 'the id of the resource that may have been created is not known');
}
