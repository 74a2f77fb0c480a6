import { deny, isJson, type Lease } from '@flairgate/core';
import { discard, refuseAnswer, undeclared } from './answer.js';
import { type Call, report } from './call.js';
import type { Captured, Interception } from './intercept.js';
import { parseJson } from './read-flow.js';
import { outcomeOf, runRouter } from './run-router.js';
import { idOf } from './settings.js';
import { answerWrite } from './write-answer.js';
import { type DecidedWrite, ownershipOfNew } from './write-targets.js';

/**
 * Lets the router make a resource whose id it chooses itself.
 *
 * Where a lock or a secret is at stake this is announced first: until the id is known, everything of this type that
 * nobody owns counts as locked or secret. So it stays when nobody can tell which id it was.
 */
export async function makeUnknown(call: Call, decided: DecidedWrite): Promise<void> {
  const { guard, space, party } = call;
  const ownership = ownershipOfNew(call, decided);
  const strict = ownership.lockedBy !== null || ownership.secretTo !== null || space.tenancy === 'shared';
  const announced = strict ? await guard.writer.announce(space, party, ownership) : undefined;
  const { interception, captured } = await runRouter(call);
  try {
    const outcome = outcomeOf(captured);
    const id = captured !== undefined && outcome === 'done' ? idOfAnswer(call, captured) : undefined;
    if (outcome === 'not-done' && announced !== undefined) {
      await guard.writer.settle([announced], 'not-done', async () => false);
    }
    if (id === undefined && outcome !== 'not-done') leaveAnnounced(call, announced);
    await guard.writer.settle(decided.leases, 'not-done', async () => true);
    if (captured === undefined) interception.restore();
    else await answerMade(call, interception, captured, { id, ownership, announced });
  } catch (error) {
    discard(call, interception);
    throw error;
  } finally {
    announced?.letGo();
  }
}

interface MadeUnknown {
  readonly id: string | undefined;
  readonly ownership: ReturnType<typeof ownershipOfNew>;
  readonly announced: Lease | undefined;
}

async function answerMade(
  call: Call,
  interception: Interception,
  captured: Captured,
  { id, ownership, announced }: MadeUnknown,
): Promise<void> {
  const { guard, space, party } = call;
  if (id === undefined) {
    if (outcomeOf(captured) !== 'done') await answerWrite(call, interception, captured, { ids: [], full: true });
    else refuseAnswer(call, interception, deny('ERR_INTERNAL', { reason: 'what was made has no id in the answer' }));
    return;
  }
  const row = await guard.writer.stamp({ space, party, id, ownership }, announced);
  if (row === undefined) {
    refuseAnswer(call, interception, deny('ERR_INTERNAL', { reason: 'the id that was given is owned already' }));
    return;
  }
  await answerWrite(call, interception, captured, { ids: [id], full: true });
}

function idOfAnswer({ guard }: Call, captured: Captured): string | undefined {
  const item = undeclared(captured) === undefined ? parseJson(captured) : undefined;
  return isJson(item) ? idOf(guard, item) : undefined;
}

function leaveAnnounced(call: Call, announced: Lease | undefined): void {
  if (announced !== undefined) report(call, 'unresolved', 'the id of what may have been made is not known');
}
