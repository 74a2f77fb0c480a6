import { allow, type Outcome } from '../../denial/denial.js';
import type { MadeRow } from '../../store/rows.js';
import type { ReadTransaction, WriteTransaction } from '../../store/transaction.js';
import type { ActorState } from './actor-state.js';
import { checkLimit, type LimitName } from './caller-limits.js';
import type { AdministrationContext } from './context.js';

const LIMITS = {
  organization: 'organizationsMade',
  group: 'groupsOwned',
  user: 'usersMade',
} as const satisfies Record<MadeRow['kind'], LimitName>;

/**
 * Counts a new object toward the acting user's limit, until the object is deleted. Refuses if the limit is reached.
 *
 * An object created by an organization's key counts toward the organization's limit. Objects that the operator creates
 * are not counted.
 */
export async function countMade(
  tx: WriteTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  made: Pick<MadeRow, 'kind' | 'id'>,
): Promise<Outcome<undefined>> {
  const uid = actorState.operator ? undefined : await makerOf(tx, actorState);
  if (uid === undefined) return allow(undefined);
  const count = await tx.count('made', { uid, kind: made.kind });
  const room = checkLimit(context, actorState, LIMITS[made.kind], count);
  if (room.allowed) await tx.insert('made', { ...made, uid });
  return room;
}

/** Returns the uid of the acting user, or the id of the organization whose key is acting. */
async function makerOf(tx: ReadTransaction, { uid, keyId }: ActorState): Promise<string | undefined> {
  if (uid !== undefined || keyId === undefined) return uid;
  return (await tx.get('key', { keyId }))?.oid ?? undefined;
}

/** Stops counting an object toward the limit of its creator, because the object no longer exists. */
export async function forgetMade(tx: WriteTransaction, made: Pick<MadeRow, 'kind' | 'id'>): Promise<void> {
  await tx.remove('made', made);
}
