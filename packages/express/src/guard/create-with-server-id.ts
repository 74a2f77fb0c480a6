import { isJson, type Lease } from '@flairgate/core/internal';
import { parseJson, sendRefusedAnswer, undeclared } from './answer.js';
import { type Call, report } from './call.js';
import { GONE, type GuardAnswer } from './guard-answer.js';
import type { Captured } from './router/intercept.js';
import { ABANDONED_MS, outcomeOf, runRouter } from './router/run-router.js';
import { idOf } from './settings.js';
import { sendWriteAnswer } from './write-answer.js';
import { type DecidedWrite, ownershipOfNew } from './write-targets.js';

/**
 * Lets the router make a resource whose id it chooses itself.
 *
 * Where a lock or a secret is at stake this is announced first: until the id is known, everything of this type that
 * nobody owns counts as locked or secret. So it stays when nobody can tell which id it was.
 */
export async function createWithServerId(call: Call, decided: DecidedWrite): Promise<GuardAnswer> {
  const { guard, space, party } = call;
  const ownership = ownershipOfNew(call, decided);
  const strict = ownership.lockedBy !== null || ownership.secretTo !== null || space.tenancy === 'shared';
  const announced = strict ? await guard.writer.reserve(space, party, ownership) : undefined;
  try {
    const captured = await runRouter(call, ABANDONED_MS);
    const outcome = outcomeOf(captured);
    const id = captured !== undefined && outcome === 'done' ? idOfAnswer(call, captured) : undefined;
    if (outcome === 'not-done' && announced !== undefined) {
      await guard.writer.complete([announced], 'not-done', async () => false);
    }
    if (id === undefined && outcome !== 'not-done') releaseReserved(call, announced);
    await guard.writer.complete(decided.leases, 'not-done', async () => true);
    return captured === undefined ? GONE : await sendCreated(call, captured, { id, ownership, announced });
  } finally {
    announced?.release();
  }
}

interface MadeUnknown {
  readonly id: string | undefined;
  readonly ownership: ReturnType<typeof ownershipOfNew>;
  readonly announced: Lease | undefined;
}

async function sendCreated(
  call: Call,
  captured: Captured,
  { id, ownership, announced }: MadeUnknown,
): Promise<GuardAnswer> {
  const { guard, space, party } = call;
  if (id === undefined) {
    const failed = outcomeOf(captured) !== 'done';
    return failed
      ? sendWriteAnswer(call, captured, { ids: [], full: true })
      : sendRefusedAnswer(call, 'what was made has no id in the answer');
  }
  const row = await guard.writer.assignOwnership({ space, party, id, ownership }, announced);
  return row === undefined
    ? sendRefusedAnswer(call, 'the id that was given is owned already')
    : sendWriteAnswer(call, captured, { ids: [id], full: true });
}

function idOfAnswer({ guard }: Call, captured: Captured): string | undefined {
  const item = undeclared(captured) === undefined ? parseJson(captured) : undefined;
  return isJson(item) ? idOf(guard, item) : undefined;
}

function releaseReserved(call: Call, announced: Lease | undefined): void {
  if (announced !== undefined) report(call, 'unresolved', 'the id of what may have been made is not known');
}
