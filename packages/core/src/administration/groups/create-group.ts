import { allow, type Outcome } from '../../denial/denial.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import { randomId } from '../../store/ids.js';
import type { GroupRow } from '../../store/rows.js';
import type { Actor } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import { type AdministrationContext, commandBy } from '../command/context.js';
import { checkLabel } from '../command/label.js';
import { countMade } from '../command/made.js';
import { auditGroup } from '../consent/change-group.js';
import { requireManager } from './find-group.js';

/**
 * Creates a group without permissions. The acting user becomes its owner. Group names need not be unique.
 *
 * @example
 * const outcome = await createGroup(context, actor, { name: 'analysts' });
 * if (outcome.allowed) console.log(outcome.value.gid);
 */
export async function createGroup(
  context: AdministrationContext,
  actor: Actor,
  input: { readonly name: string },
): Promise<Outcome<GroupRow>> {
  const name = checkLabel('name', input.name);
  if (!name.allowed) return name;
  return commandBy(
    context,
    actor,
    (tx, actorState) => insertGroup(tx, context, actorState, name.value),
    ({ gid }) => ({ gid }),
  );
}

async function insertGroup(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  name: string,
): Promise<Outcome<GroupRow>> {
  const user = requireManager(actorState);
  if (!user.allowed) return user;
  const { uid, identity = null } = actorState;
  const gid = randomId(context.random);
  const room = await countMade(tx, context, actorState, { kind: 'group', id: gid });
  if (!room.allowed) return room;
  const group = { gid, name, permissions: [], createdBy: identity, createdAt: context.now(), version: 1 };
  await tx.insert('group', group);
  if (uid !== undefined) await tx.insert('groupOwner', { gid, uid, giver: uid, address: null });
  await auditGroup(tx, context, actorState, { gid, action: 'group.create', details: { name } });
  return allow(group);
}
