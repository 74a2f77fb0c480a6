import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import { randomId } from '../../store/ids.js';
import type { UserRow } from '../../store/rows.js';
import { audit } from '../audit/audit.js';
import { type Actor, readActorState } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import { type AdministrationContext, command } from '../command/context.js';
import { checkEmail } from '../command/label.js';
import { countMade } from '../command/made.js';

export interface CreateUserInput {
  readonly email: string;
  /**
   * Type of the user. A user of type `api` cannot sign in, and has at most one key.
   *
   * @default 'standard'
   */
  readonly type?: UserRow['type'];
}

/**
 * Creates a user. Only the operator may do this. Refuses with `ERR_NAME_TAKEN` if a user has this e-mail address.
 *
 * @example
 * const outcome = await createUser(context, actor, { email: 'ann@example.com' });
 */
export async function createUser(
  context: AdministrationContext,
  actor: Actor,
  input: CreateUserInput,
): Promise<Outcome<UserRow>> {
  const email = checkEmail('email', input.email);
  if (!email.allowed) return email;
  return command(context, async (tx) => {
    const actorState = await readActorState(tx, context.catalogue, actor, context.now());
    if (!actorState.allowed) return actorState;
    if (!actorState.value.operator)
      return deny('ERR_ESCALATION', { members: { dimension: 'organizations', beyond: [] } });
    if ((await findUser(tx, email.value)) !== undefined) {
      return deny('ERR_NAME_TAKEN', { members: { email: email.value } });
    }
    return allow(
      await insertUser(tx, context, actorState.value, { email: email.value, type: input.type ?? 'standard' }),
    );
  });
}

export async function findUser(tx: SecurityTransaction, email: string): Promise<UserRow | undefined> {
  const [user] = await tx.find('user', { email }, { limit: 1 });
  return user;
}

/** Returns the user with this e-mail address. Creates the user if there is none. */
export async function findOrCreateUser(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  address: string,
): Promise<Outcome<UserRow>> {
  const email = checkEmail('email', address);
  if (!email.allowed) return email;
  const found = await findUser(tx, email.value);
  if (found !== undefined) return allow(found);
  const user = await insertUser(tx, context, actorState, { email: email.value, type: 'standard' });
  const room = await countMade(tx, context, actorState, { kind: 'user', id: user.uid });
  return room.allowed ? allow(user) : room;
}

async function insertUser(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { email, type }: Pick<UserRow, 'email' | 'type'>,
): Promise<UserRow> {
  const row: UserRow = {
    uid: randomId(context.random),
    email,
    type,
    oid: null,
    active: true,
    createdAt: context.now(),
  };
  await tx.insert('user', row);
  tx.touch('user', row.uid);
  await audit(tx, context, actorState, { oid: null, action: 'user.create', target: row.uid, details: { email, type } });
  return row;
}
