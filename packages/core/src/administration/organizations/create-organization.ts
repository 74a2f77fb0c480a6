import { allow, type Outcome } from '../../denial/denial.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import { randomId } from '../../store/ids.js';
import { audit } from '../audit/audit.js';
import type { Actor } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import { checkLimit } from '../command/caller-limits.js';
import { type AdministrationContext, commandBy } from '../command/context.js';
import { checkLabel } from '../command/label.js';
import { countMade } from '../command/made.js';
import { requireOwnName } from '../command/own-name.js';
import { storeConsent } from '../consent/consent.js';
import { findOrCreateUser } from '../users/create-user.js';
import { ownerGrants } from '../users/roles.js';
import { checkNameFree } from './organization-names.js';

export interface CreateOrganizationInput {
  /**
   * Name of 1 to 128 printable characters. The name must be unique only if the option `uniqueOrganizationNames` is set.
   */
  readonly name: string;
  readonly location?: string;
  /**
   * E-mail address of the owner. Used only if the operator creates the organization. If a user creates the
   * organization, that user becomes the owner, and this address is ignored.
   */
  readonly ownerEmail?: string;
}

export interface CreatedOrganization {
  readonly oid: string;
  readonly name: string;
}

/**
 * Creates an organization. Only a user who acts in their own name, or the operator, may do this. The owner's membership
 * grants every permission of the catalogue.
 *
 * @example
 * const outcome = await createOrganization(context, actor, { name: 'Acme' });
 * if (outcome.allowed) console.log(outcome.value.oid);
 */
export async function createOrganization(
  context: AdministrationContext,
  actor: Actor,
  input: CreateOrganizationInput,
): Promise<Outcome<CreatedOrganization>> {
  const name = checkLabel('name', input.name);
  if (!name.allowed) return name;
  const location = checkLabel('loc', input.location ?? 'default');
  if (!location.allowed) return location;
  const made = { name: name.value, location: location.value };
  return commandBy(
    context,
    actor,
    (tx, actorState) => insertOrganization(tx, context, actorState, { ...made, ownerEmail: input.ownerEmail }),
    ({ oid }) => ({ oid }),
  );
}

interface NewOrganization {
  readonly name: string;
  readonly location: string;
  readonly ownerEmail: string | undefined;
}

async function insertOrganization(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { ownerEmail, ...made }: NewOrganization,
): Promise<Outcome<CreatedOrganization>> {
  const owner = await ownerOf(tx, context, actorState, ownerEmail);
  if (!owner.allowed) return owner;
  const free = await checkNameFree(tx, context, made.name);
  if (!free.allowed) return free;
  const oid = randomId(context.random);
  const room = await checkMembershipRoom(tx, context, actorState, { kind: 'organization', id: oid });
  if (!room.allowed) return room;
  await tx.insert('organization', {
    ...made,
    oid,
    createdBy: actorState.identity ?? null,
    createdAt: context.now(),
    description: null,
  });
  if (owner.value !== undefined) {
    const membership = { uid: owner.value, oid, role: 'owner', permissions: ownerGrants(context) } as const;
    await tx.insert('membership', { ...membership, accepted: true });
    await storeConsent(tx, context, { uid: owner.value, oid });
  }
  tx.touch('org', oid);
  await audit(tx, context, actorState, { oid, action: 'org.create', target: oid, details: { name: made.name } });
  return allow({ oid, name: made.name });
}

async function ownerOf(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  email: string | undefined,
): Promise<Outcome<string | undefined>> {
  if (!actorState.operator) return requireOwnName(actorState, 'create an organization');
  if (email === undefined) return allow(undefined);
  const user = await findOrCreateUser(tx, context, actorState, email);
  return user.allowed ? allow(user.value.uid) : user;
}

/**
 * Checks that the acting user may have one more membership and may create one more organization. Counts the new
 * organization toward the limit on organizations that the user creates.
 */
async function checkMembershipRoom(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  made: { readonly kind: 'organization'; readonly id: string },
): Promise<Outcome<undefined>> {
  const { uid } = actorState;
  if (actorState.operator || uid === undefined) return allow(undefined);
  const room = checkLimit(context, actorState, 'membershipsAccepted', await tx.count('consent', { uid }));
  return room.allowed ? countMade(tx, context, actorState, made) : room;
}
